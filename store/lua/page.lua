-- Reads one page of an index, from behind a place in its order. Reading goes on
-- rightly when the entry at that place has meanwhile left.
--
-- KEYS  1 index
-- ARGV  1 'up' or 'down'   2 limit
--       3 score and 4 member to go on behind ('' both to begin)
-- Returns member, score in turn

local index, limit = KEYS[1], tonumber(ARGV[2])
local down = ARGV[1] == 'down'

-- less compares bytes; Lua's own < would ask the server's locale.
local function less(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

-- rank is the first place whose entry is not before (score, member). Equal
-- scores stand in the order of their members, so it can be searched by halves.
local function rank(score, member)
  local low = redis.call('ZCOUNT', index, '-inf', '(' .. score)
  local high = redis.call('ZCOUNT', index, '-inf', score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local there = redis.call('ZRANGE', index, middle, middle)[1]
    if less(there, member) then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

local first, last
if down then
  last = redis.call('ZCARD', index) - 1
  if ARGV[4] ~= '' then
    last = rank(ARGV[3], ARGV[4]) - 1
  end
  first = math.max(0, last - limit + 1)
else
  first = 0
  if ARGV[4] ~= '' then
    first = rank(ARGV[3], ARGV[4])
    local there = redis.call('ZRANGE', index, first, first, 'WITHSCORES')
    if there[1] == ARGV[4] and tonumber(there[2]) == tonumber(ARGV[3]) then
      first = first + 1
    end
  end
  last = first + limit - 1
end
if last < 0 then
  return {}
end
return redis.call('ZRANGE', index, first, last, 'WITHSCORES')
