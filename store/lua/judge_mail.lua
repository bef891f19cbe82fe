-- Replaces the record of a mail as an operator wants it, if it is still the one
-- that the operator saw. An undecided one starts again without attempts.
--
-- KEYS  1 mail   2 attempts   3 op   4 index of its outcome   5... all the others
-- ARGV  1 digest   2 record seen   3 record wanted   4 first seen (ms)
--       5 '1' when it is undecided from now on
-- Returns 'judged', or 'changed' when another record stands there

local digest = ARGV[1]
if redis.call('HGET', KEYS[1], digest) ~= ARGV[2] then
  return 'changed'
end
redis.call('HSET', KEYS[1], digest, ARGV[3])
redis.call('ZADD', KEYS[4], ARGV[4], digest)
for i = 5, #KEYS do
  redis.call('ZREM', KEYS[i], digest)
end
redis.call('HDEL', KEYS[3], digest)
if ARGV[5] == '1' then
  redis.call('HSET', KEYS[2], digest, '0')
else
  redis.call('HDEL', KEYS[2], digest)
end
return 'judged'
