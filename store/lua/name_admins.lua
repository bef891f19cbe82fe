-- Remembers since when a tenant names each of its admins. Those named when the
-- tenant is seen for the first time were named from the beginning: '0'. One that
-- is gone is forgotten, and new when it comes back: the tenant itself, under '',
-- is never forgotten.
--
-- KEYS  1 named
-- ARGV  1 now (ms)   2... digests of all entries named now
-- Returns since when (ms) each is named, in their order

local named, now = KEYS[1], ARGV[1]
local since = now
if redis.call('HSETNX', named, '', now) == 1 then
  since = '0'
end

local stays = {['']=true}
local out = {}
for i = 2, #ARGV do
  local entry = ARGV[i]
  redis.call('HSETNX', named, entry, since)
  out[i - 1] = redis.call('HGET', named, entry)
  stays[entry] = true
end

for _, entry in ipairs(redis.call('HKEYS', named)) do
  if not stays[entry] then
    redis.call('HDEL', named, entry)
  end
end
return out
