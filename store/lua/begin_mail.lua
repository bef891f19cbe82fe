-- Counts one more attempt at a mail, before any of it is parsed. A mail whose
-- outcome is decided is not begun again.
--
-- KEYS  1 mail   2 attempts   3 op   4 index of the undecided
-- ARGV  1 digest   2 op   3 record at first sight   4 now (ms)
-- Returns the record as stored, and attempts ('' when its outcome is decided)

local digest = ARGV[1]
local record = redis.call('HGET', KEYS[1], digest)
local tries = redis.call('HGET', KEYS[2], digest)
if record and not tries then
  return {record, ''}
end
if redis.call('HGET', KEYS[3], digest) == ARGV[2] then
  return {record, tries}
end
if not record then
  record = ARGV[3]
  redis.call('HSET', KEYS[1], digest, record)
  redis.call('ZADD', KEYS[4], ARGV[4], digest)
end
redis.call('HSET', KEYS[3], digest, ARGV[2])
tries = redis.call('HINCRBY', KEYS[2], digest, 1)
return {record, tostring(tries)}
