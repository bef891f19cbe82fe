-- Raises the generation's epoch to at least the given one; never lowers it.
--
-- KEYS  1 generation
-- ARGV  1 epoch
-- Returns the epoch as it stands now

local stands = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if tonumber(ARGV[1]) > stands then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
  return ARGV[1]
end
return tostring(stands)
