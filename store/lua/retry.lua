-- Gives a claimed task back, due later. The claim's number is kept negated, so
-- that the repetition of a call whose reply was lost is recognised.
--
-- KEYS  1 due   2 claim   3 note
-- ARGV  1 task   2 number of the claim   3 due (ms)   4 note
-- Returns 'returned' or 'fenced'

local held = redis.call('HGET', KEYS[2], ARGV[1])
if held == '-' .. ARGV[2] then
  return 'returned'
end
if held ~= ARGV[2] then
  return 'fenced'
end
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], '-' .. ARGV[2])
if ARGV[4] == '' then
  redis.call('HDEL', KEYS[3], ARGV[1])
else
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
end
return 'returned'
