-- Ends the recovery of an epoch.
--
-- KEYS  1 generation
-- ARGV  1 epoch
-- Returns 'ended' (also when it was before), or 'epoch' and the number that stands there

local g = redis.call('HMGET', KEYS[1], 'epoch', 'phase')
if tonumber(g[1] or '0') ~= tonumber(ARGV[1]) or g[2] == 'behind' then
  return 'epoch ' .. (g[1] or '0')
end
redis.call('HDEL', KEYS[1], 'phase', 'why')
return 'ended'
