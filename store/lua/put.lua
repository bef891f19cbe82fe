-- Stores a sealed blob, or where it lies on disk, in place of the one before.
--
-- KEYS  1 request   2 blobs   3 blob
-- ARGV  1 wrapped key that it was sealed under   2 name   3 where it is, JSON
--       4 the sealed bytes ('' when they are on disk)
-- Returns 'stored' and where the one before was ('' for none), or 'forgotten'

if redis.call('HGET', KEYS[1], 'k') ~= ARGV[1] then
  return {'forgotten', ''}
end
local before = redis.call('HGET', KEYS[2], ARGV[2]) or ''
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
if ARGV[4] == '' then
  redis.call('DEL', KEYS[3])
else
  redis.call('SET', KEYS[3], ARGV[4])
end
return {'stored', before}
