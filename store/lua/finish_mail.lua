-- Writes down what became of a mail.
--
-- KEYS  1 guard   2 seq   3 fence
--       4 mail   5 attempts   6 op   7 index of its outcome   8... all the others
-- ARGV  1 epoch of the caller   2 commits that it saw   3 lease ('' for none)   4 its epoch
--       5 digest   6 record   7 first seen (ms)
-- Returns 'finished', 'fenced', or what outdated tells

local why = outdated(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
if why then
  return why
end
if overtaken(KEYS[3], ARGV[3], ARGV[4]) then
  return 'fenced'
end

local digest = ARGV[5]
redis.call('HSET', KEYS[4], digest, ARGV[6])
redis.call('ZADD', KEYS[7], ARGV[7], digest)
for i = 8, #KEYS do
  redis.call('ZREM', KEYS[i], digest)
end
redis.call('HDEL', KEYS[5], digest)
redis.call('HDEL', KEYS[6], digest)
return 'finished'
