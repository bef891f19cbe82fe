-- Begins a recovery, or goes on with the one of the same epoch. The generation keeps its
-- id; that of a store which was emptied is new, and knows whose place it takes.
--
-- KEYS  1 generation
-- ARGV  1 epoch   2 id for a new generation   3 now (ms)   4 partitions
--       5 generation whose place it takes ('' for none)
-- Returns 'recovering', or 'epoch' and the number that stands there

local g = redis.call('HMGET', KEYS[1], 'id', 'epoch', 'phase', 'ancestors', 'partitions')
local stands, phase = tonumber(g[2] or '0'), g[3] or ''
if stands > tonumber(ARGV[1]) or stands == tonumber(ARGV[1]) and phase ~= 'recovering' then
  return 'epoch ' .. string.format('%.0f', stands)
end
local id = g[1]
if not id then
  id = ARGV[2]
  redis.call('HSET', KEYS[1], 'id', id, 'created', ARGV[3])
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'phase', 'recovering')
if tonumber(ARGV[4]) > tonumber(g[5] or '0') then
  redis.call('HSET', KEYS[1], 'partitions', ARGV[4])
end
local ancestors = g[4] or ''
local known = string.find(' ' .. ancestors .. ' ', ' ' .. ARGV[5] .. ' ', 1, true)
if ARGV[5] ~= '' and ARGV[5] ~= id and not known then
  if ancestors ~= '' then
    ancestors = ancestors .. ' '
  end
  redis.call('HSET', KEYS[1], 'ancestors', ancestors .. ARGV[5])
end
return 'recovering'
