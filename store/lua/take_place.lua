-- Takes one place in every window of the first road that has room in all of its
-- windows, or none at all. What has a place in any of them needs no second one.
-- The expiry only tidies up: what it removes has left the window.
--
-- KEYS  1... limits
-- ARGV  1 now (ms)   2 op
--       3... for each road: number of its windows, and for each of them: which of
--       the keys, limit, end of the window behind now (ms), its length (ms)
-- Returns 'allowed' or 'refused'

local now, op = ARGV[1], ARGV[2]

local roads, windows = {}, {}
local at = 3
while at <= #ARGV do
  local road = {}
  for _ = 1, tonumber(ARGV[at]) do
    local window = {
      key = KEYS[tonumber(ARGV[at + 1])], limit = tonumber(ARGV[at + 2]),
      past = ARGV[at + 3], length = ARGV[at + 4],
    }
    road[#road + 1] = window
    windows[window.key] = window
    at = at + 4
  end
  roads[#roads + 1] = road
  at = at + 1
end

local held = false
for _, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', windows[key].past)
  held = held or redis.call('ZSCORE', key, op)
end
if held then
  return 'allowed'
end

local function free(road)
  for _, window in ipairs(road) do
    if redis.call('ZCARD', window.key) >= window.limit then
      return false
    end
  end
  return true
end

for _, road in ipairs(roads) do
  if free(road) then
    for _, window in ipairs(road) do
      redis.call('ZADD', window.key, now, op)
      redis.call('PEXPIRE', window.key, window.length)
    end
    return 'allowed'
  end
end
return 'refused'
