-- Tells how many letters wait for a place, and since when the first of them does.
-- What was last heard of too long ago does not wait any more.
--
-- KEYS  1 waits   2 waited
-- ARGV  1 heard of after that (ms)
-- Returns the number, and the time (ms) or ''

local count = redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[1], '+inf')
local from, since = 0, ''
while count > 0 and since == '' do
  local page = redis.call('ZRANGE', KEYS[2], from, from + 99, 'WITHSCORES')
  if #page == 0 then
    break
  end
  for i = 1, #page, 2 do
    local heard = redis.call('ZSCORE', KEYS[1], page[i])
    if heard and tonumber(heard) > tonumber(ARGV[1]) then
      since = page[i + 1]
      break
    end
  end
  from = from + 100
end
return { tostring(count), since }
