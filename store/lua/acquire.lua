-- Takes or renews a lease. The epoch rises with every change of owner and is
-- kept for good, also after the lease was given back.
--
-- KEYS  1 lease
-- ARGV  1 owner   2 now (ms)   3 until (ms)
-- Returns 'held' by the caller or 'taken' by another, then owner, epoch, until (ms)

local l = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'until')
local owner, epoch, ends = l[1] or '', tonumber(l[2] or '0'), l[3] or '0'
if owner ~= '' and owner ~= ARGV[1] and tonumber(ends) > tonumber(ARGV[2]) then
  return {'taken', owner, tostring(epoch), ends}
end
if owner ~= ARGV[1] then
  epoch = epoch + 1
end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'epoch', tostring(epoch), 'until', ARGV[3])
return {'held', ARGV[1], tostring(epoch), ARGV[3]}
