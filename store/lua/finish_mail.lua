-- Writes down what became of a mail.
--
-- KEYS  1 mail   2 attempts   3 op   4 index of its outcome   5... all the others
-- ARGV  1 digest   2 record   3 first seen (ms)
-- Returns 'finished'

redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
for i = 5, #KEYS do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 'finished'
