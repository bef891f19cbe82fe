-- Frees what a request occupies that has ended. Every commit that ends a request
-- frees it too; this is for one made by a release that knew of no groups.
--
-- KEYS  1 request   2 groups
-- ARGV  1 id   2 its version, at which it is known to have ended ('0': it is gone)
--       3... digests of groups
-- Returns 'free', or 'open' when the request has gone on since

if (redis.call('HGET', KEYS[1], 'v') or '0') ~= ARGV[2] then
  return 'open'
end
for i = 3, #ARGV do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[1] then
    redis.call('HDEL', KEYS[2], ARGV[i])
  end
end
return 'free'
