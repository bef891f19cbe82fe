-- Remembers who first came with a key. What is remembered is never replaced.
--
-- KEYS  1 firsts
-- ARGV  1 key   2 owner   3 now (ms)
-- Returns the owner remembered

local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held then
  held = ARGV[3] .. ' ' .. ARGV[2]
  redis.call('HSET', KEYS[1], ARGV[1], held)
end
return string.sub(held, string.find(held, ' ', 1, true) + 1)
