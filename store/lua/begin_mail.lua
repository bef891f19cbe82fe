-- Counts one more attempt at a mail, before any of it is parsed. A mail whose
-- outcome is decided is not begun again.
--
-- KEYS  1 guard   2 seq   3 fence
--       4 mail   5 attempts   6 op   7 index of the undecided
-- ARGV  1 epoch of the caller   2 commits that it saw   3 lease ('' for none)   4 its epoch
--       5 digest   6 op   7 record at first sight   8 now (ms)   9 owner of the lease
-- Returns the record as stored, and attempts ('' when its outcome is decided); or
--         'fenced' or what outdated tells, and ''

local why = outdated(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
if why then
  return {why, ''}
end
if overtaken(KEYS[3], ARGV[3], ARGV[4]) then
  return {'fenced', ''}
end

local digest = ARGV[5]
local record = redis.call('HGET', KEYS[4], digest)
local tries = redis.call('HGET', KEYS[5], digest)
if record and not tries then
  return {record, ''}
end
if redis.call('HGET', KEYS[6], digest) == ARGV[6] then
  return {record, tries}
end
if not record then
  record = ARGV[7]
  redis.call('HSET', KEYS[4], digest, record)
  redis.call('ZADD', KEYS[7], ARGV[8], digest)
end
redis.call('HSET', KEYS[6], digest, ARGV[6])
witness(KEYS[3], ARGV[3], ARGV[4], ARGV[9])
tries = redis.call('HINCRBY', KEYS[5], digest, 1)
return {record, tostring(tries)}
