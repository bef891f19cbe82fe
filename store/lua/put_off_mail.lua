-- Takes back the attempt that was begun last, so that waiting counts for none. Once
-- taken back, or once the mail's outcome is decided, nothing is left to take.
--
-- KEYS  1 guard   2 seq   3 fence   4 attempts   5 op
-- ARGV  1 epoch of the caller   2 commits that it saw   3 lease ('' for none)   4 its epoch
--       5 digest
-- Returns 'put off', 'fenced', or what outdated tells

local why = outdated(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
if why then
  return why
end
if overtaken(KEYS[3], ARGV[3], ARGV[4]) then
  return 'fenced'
end

if redis.call('HDEL', KEYS[5], ARGV[5]) == 1 then
  redis.call('HINCRBY', KEYS[4], ARGV[5], -1)
end
return 'put off'
