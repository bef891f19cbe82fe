-- Forgets a probe. The admin's entry is forgotten with it, unless a later probe was
-- sent there.
--
-- KEYS  1 probes   2 latest probe of each admin entry
-- ARGV  1 id   2 digest of the admin entry
-- Returns "forgotten"

if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[1] then
  redis.call('HDEL', KEYS[2], ARGV[2])
end
redis.call('HDEL', KEYS[1], ARGV[1])
return 'forgotten'
