-- Takes back the attempt that was begun last, so that waiting counts for none. Once
-- taken back, or once the mail's outcome is decided, nothing is left to take.
--
-- KEYS  1 attempts   2 op
-- ARGV  1 digest
-- Returns 'put off'

if redis.call('HDEL', KEYS[2], ARGV[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], ARGV[1], -1)
end
return 'put off'
