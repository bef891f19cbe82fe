-- Remembers since when a tenant names each of its entries. Those that are there when
-- the registry is noted for the very first time were named from the beginning: '0'.
-- One that is gone is forgotten, and new when it comes back.
--
-- KEYS  1 named
-- ARGV  1 now (ms)   2 '1' while the registry is noted for the first time
--       3... digests of all entries named now
-- Returns since when (ms) each is named, in their order

local named, since = KEYS[1], ARGV[1]
if ARGV[2] == '1' then
  since = '0'
end

local stays = {}
local out = {}
for i = 3, #ARGV do
  local entry = ARGV[i]
  redis.call('HSETNX', named, entry, since)
  out[i - 2] = redis.call('HGET', named, entry)
  stays[entry] = true
end

for _, entry in ipairs(redis.call('HKEYS', named)) do
  if not stays[entry] then
    redis.call('HDEL', named, entry)
  end
end
return out
