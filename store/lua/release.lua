-- Gives a lease back. Its epoch stays, so that the next owner's is higher.
--
-- KEYS  1 lease
-- ARGV  1 owner   2 epoch
-- Returns 'released', also when somebody else has it by now

local l = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
if l[1] == ARGV[1] and l[2] == ARGV[2] then
  redis.call('HSET', KEYS[1], 'owner', '', 'until', '0')
end
return 'released'
