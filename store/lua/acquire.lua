-- Takes or renews a lease. The epoch rises with every change of owner and is
-- kept for good, also after the lease was given back.
--
-- KEYS  1 lease
-- ARGV  1 owner   2 now (ms)   3 until (ms)   4 least epoch
-- Returns 'taken' by the caller, 'held' by it before, or 'refused' since another has
--         it; then owner, epoch, until (ms)

local l = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'until')
local owner, epoch, ends = l[1] or '', tonumber(l[2] or '0'), l[3] or '0'
if owner ~= '' and owner ~= ARGV[1] and tonumber(ends) > tonumber(ARGV[2]) then
  return {'refused', owner, string.format('%.0f', epoch), ends}
end
local word = 'held'
if owner ~= ARGV[1] then
  word, epoch = 'taken', epoch + 1
end
if epoch < tonumber(ARGV[4]) then
  word, epoch = 'taken', tonumber(ARGV[4])
end
epoch = string.format('%.0f', epoch)
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'epoch', epoch, 'until', ARGV[3])
return {word, ARGV[1], epoch, ARGV[3]}
