-- Allows so many calls in a sliding window; those refused do not count.
-- The expiry only tidies up: what it removes has left the window.
--
-- KEYS  1 limit
-- ARGV  1 now (ms)   2 end of the window behind now (ms)   3 its length (ms)
--       4 limit   5 op
-- Returns 'allowed' or 'refused'

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
if redis.call('ZSCORE', KEYS[1], ARGV[5]) then
  return 'allowed'
end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then
  return 'refused'
end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 'allowed'
