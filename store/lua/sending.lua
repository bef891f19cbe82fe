-- Asks for the last time whether what a claimed task sends may leave, and remembers that
-- it may have left from now on. It counts like a commit: a server that forgot nothing but
-- this would let the next one send a second copy that nobody admits.
--
-- KEYS  1 guard   2 seq   3 claim   4 sending
-- ARGV  1 task   2 number of the claim   3 epoch of the caller   4 commits that it saw
-- Returns 'go' and the commits so far, 'fenced', or what outdated or resting tells

local why = outdated(KEYS[1], KEYS[2], ARGV[3], ARGV[4]) or resting(KEYS[1])
if why then
  return why
end
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then
  return 'fenced'
end
redis.call('HSET', KEYS[4], ARGV[1], ARGV[2])
return 'go ' .. redis.call('INCR', KEYS[2])
