-- Remembers that a letter of a request waits for a place, and since when. What was
-- not heard of for very long is forgotten: nobody says when a letter is dropped.
--
-- KEYS  1 waits   2 waited
-- ARGV  1 request   2 now (ms)   3 forgotten when last heard of then (ms)
-- Returns 'waits'

for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1])
return 'waits'
