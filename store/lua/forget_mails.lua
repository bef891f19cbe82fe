-- Drops the records of mails first seen before a moment, some at a time.
--
-- KEYS  1 mail   2... indexes of the decided
-- ARGV  1 before (ms)   2 limit for each index
-- Returns how many were dropped

local dropped = 0
for i = 2, #KEYS do
  local old = redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', '(' .. ARGV[1], 'LIMIT', '0', ARGV[2])
  for _, digest in ipairs(old) do
    redis.call('HDEL', KEYS[1], digest)
    redis.call('ZREM', KEYS[i], digest)
    dropped = dropped + 1
  end
end
return tostring(dropped)
