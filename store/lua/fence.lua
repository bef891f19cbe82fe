-- Tells a partition the epoch of a lease: from now on lower ones are refused.
--
-- KEYS  1 fence
-- ARGV  1 lease name   2 epoch
-- Returns the highest epoch seen

local highest = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if tonumber(ARGV[2]) > highest then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  return ARGV[2]
end
return tostring(highest)
