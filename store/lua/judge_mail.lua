-- Replaces the record of a mail as an operator wants it, if it is still the one
-- that the operator saw. An undecided one starts again without attempts.
--
-- KEYS  1 guard   2 seq   3 fence
--       4 mail   5 attempts   6 op   7 index of its outcome   8... all the others
-- ARGV  1 epoch of the caller   2 commits that it saw   3 lease ('' for none)   4 its epoch
--       5 digest   6 record seen   7 record wanted   8 first seen (ms)
--       9 '1' when it is undecided from now on
-- Returns 'judged', 'changed' when another record stands there, 'fenced', or what
--         outdated tells

local why = outdated(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
if why then
  return why
end
if overtaken(KEYS[3], ARGV[3], ARGV[4]) then
  return 'fenced'
end

local digest = ARGV[5]
if redis.call('HGET', KEYS[4], digest) ~= ARGV[6] then
  return 'changed'
end
redis.call('HSET', KEYS[4], digest, ARGV[7])
redis.call('ZADD', KEYS[7], ARGV[8], digest)
for i = 8, #KEYS do
  redis.call('ZREM', KEYS[i], digest)
end
redis.call('HDEL', KEYS[6], digest)
if ARGV[9] == '1' then
  redis.call('HSET', KEYS[5], digest, '0')
else
  redis.call('HDEL', KEYS[5], digest)
end
return 'judged'
