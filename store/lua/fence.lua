-- Tells a partition the epoch of a lease and whose it is: from now on lower ones are
-- refused.
--
-- KEYS  1 fence
-- ARGV  1 lease name   2 epoch   3 owner
-- Returns 'ours' when the epoch is this owner's here, or else the highest epoch seen: it
--         is another's

witness(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
local f = redis.call('HMGET', KEYS[1], ARGV[1], 'by ' .. ARGV[1])
if tonumber(f[1]) == tonumber(ARGV[2]) and f[2] == ARGV[3] then
  return 'ours'
end
return f[1]
