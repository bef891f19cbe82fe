-- resting tells the epoch of a partition from which nothing may leave: it was found out of
-- date, or is being recovered; nil when work goes on.
local function resting(guard)
  local g = redis.call('HMGET', guard, 'phase', 'epoch')
  if (g[1] or '') ~= '' then
    return 'epoch ' .. (g[2] or '1')
  end
  return nil
end

