-- Founds the store's generation, unless there is one or the store rests: what was found
-- out of date is recovered, not begun anew.
--
-- KEYS  1 generation
-- ARGV  1 id for a new one   2 now (ms)   3 partitions   4 epoch of a new one
-- Returns 'founded' (also when it was before) or 'resting'

local g = redis.call('HMGET', KEYS[1], 'id', 'phase', 'partitions')
if (g[2] or '') ~= '' then
  return 'resting'
end
if not g[1] then
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'epoch', ARGV[4], 'created', ARGV[2])
end
if tonumber(ARGV[3]) > tonumber(g[3] or '0') then
  redis.call('HSET', KEYS[1], 'partitions', ARGV[3])
end
return 'founded'
