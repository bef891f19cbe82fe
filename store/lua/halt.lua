-- Ends an epoch in which something was lost. Whoever halts first is told; whoever comes
-- later finds it done. An emptied store gets no generation by it.
--
-- KEYS  1 generation
-- ARGV  1 epoch of the caller   2 why
-- Returns the epoch that everybody is refused with, and the phase of the store

local g = redis.call('HMGET', KEYS[1], 'epoch', 'phase')
local stands, phase = tonumber(g[1] or '0'), g[2] or ''
if phase ~= '' or stands > tonumber(ARGV[1]) then
  return {string.format('%.0f', stands), phase}
end
local epoch = string.format('%.0f', tonumber(ARGV[1]) + 1)
redis.call('HSET', KEYS[1], 'epoch', epoch, 'phase', 'behind', 'why', ARGV[2])
return {epoch, 'behind'}
