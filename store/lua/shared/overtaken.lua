-- overtaken tells whether a later owner of that lease is known here; '' is no lease.
local function overtaken(fence, lease, epoch)
  return lease ~= '' and tonumber(epoch) < tonumber(redis.call('HGET', fence, lease) or '0')
end

