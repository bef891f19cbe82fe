-- Gives the store's generation, and founds it on first use.
--
-- KEYS  1 generation
-- ARGV  1 id for a new one   2 now (ms)   3 partitions
-- Returns id, epoch, created (ms), the most partitions ever configured

if redis.call('HSETNX', KEYS[1], 'id', ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], 'epoch', '1', 'created', ARGV[2])
end
local most = tonumber(redis.call('HGET', KEYS[1], 'partitions') or '0')
if tonumber(ARGV[3]) > most then
  redis.call('HSET', KEYS[1], 'partitions', ARGV[3])
end
return redis.call('HMGET', KEYS[1], 'id', 'epoch', 'created', 'partitions')
