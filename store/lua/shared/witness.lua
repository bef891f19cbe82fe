-- witness remembers the epoch of a lease, and whose it is.
local function witness(fence, lease, epoch, owner)
  if lease ~= '' and tonumber(epoch) > tonumber(redis.call('HGET', fence, lease) or '0') then
    redis.call('HSET', fence, lease, epoch, 'by ' .. lease, owner)
  end
end

