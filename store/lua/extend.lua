-- Hides a claimed task for longer.
--
-- KEYS  1 due   2 claim
-- ARGV  1 task   2 number of the claim   3 hidden until (ms)
-- Returns 'extended' or 'fenced'

if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then
  return 'fenced'
end
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
return 'extended'
