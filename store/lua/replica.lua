-- Notes a replica that lives, and drops those not heard of for very long.
--
-- KEYS  1 replicas
-- ARGV  1 owner   2 now (ms)   3 nonce   4 dropped when last heard of before (ms)
-- Returns owner, and time (ms) and nonce in one, in turn

redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
local out = {}
for _, owner in ipairs(redis.call('HKEYS', KEYS[1])) do
  local held = redis.call('HGET', KEYS[1], owner)
  if tonumber(string.match(held, '^%d+') or '0') < tonumber(ARGV[4]) then
    redis.call('HDEL', KEYS[1], owner)
  else
    out[#out + 1] = owner
    out[#out + 1] = held
  end
end
return out
