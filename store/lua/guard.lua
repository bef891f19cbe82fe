-- Tells a partition an epoch and what it is doing: from now on everybody who knows only
-- a lower one is refused.
--
-- KEYS  1 guard
-- ARGV  1 epoch   2 phase ('' when work goes on)
-- Returns 'guarded', or 'epoch' and the higher number that stands there

local g = redis.call('HMGET', KEYS[1], 'epoch', 'phase')
local stands, epoch = tonumber(g[1] or '1'), tonumber(ARGV[1])
if stands > epoch then
  return 'epoch ' .. string.format('%.0f', stands)
end
if stands < epoch then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
end
if (g[2] or '') ~= ARGV[2] then
  if ARGV[2] == '' then
    redis.call('HDEL', KEYS[1], 'phase')
  else
    redis.call('HSET', KEYS[1], 'phase', ARGV[2])
  end
end
return 'guarded'
