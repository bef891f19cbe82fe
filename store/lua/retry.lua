-- Gives a claimed task back, due later. The claim's number is kept negated, so
-- that the repetition of a call whose reply was lost is recognised. An attempt is
-- counted when it ends, here: of a claim that lapsed nobody knows what it came to.
--
-- KEYS  1 due   2 claim   3 note   4 tries   5 sending
-- ARGV  1 task   2 number of the claim   3 due (ms)   4 note
--       5 '1' when the attempt does not count
-- Returns 'returned' or 'fenced'

local task = ARGV[1]
local held = redis.call('HGET', KEYS[2], task)
if held == '-' .. ARGV[2] then
  return 'returned'
end
if held ~= ARGV[2] then
  return 'fenced'
end
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], task)
redis.call('HSET', KEYS[2], task, '-' .. ARGV[2])
if ARGV[4] == '' then
  redis.call('HDEL', KEYS[3], task)
else
  redis.call('HSET', KEYS[3], task, ARGV[4])
end
redis.call('HDEL', KEYS[5], task)
if ARGV[5] ~= '1' then
  redis.call('HINCRBY', KEYS[4], task, 1)
end
return 'returned'
