-- Hands out what is due, oldest first, and hides it from everybody else.
--
-- KEYS  1 due   2 task   3 claim   4 tries   5 note   6 counter of claims
-- ARGV  1 now (ms)   2 limit   3 hidden until (ms)
-- Returns six values a task: task, due (ms), claims before this one, note,
--         number of this claim, body of the effect ('' for a timer)

local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1],
  'WITHSCORES', 'LIMIT', '0', ARGV[2])
local out = {}
for i = 1, #found, 2 do
  local task = found[i]
  redis.call('ZADD', KEYS[1], ARGV[3], task)
  local number = redis.call('INCR', KEYS[6])
  redis.call('HSET', KEYS[3], task, number)
  local tries = redis.call('HINCRBY', KEYS[4], task, 1)
  out[#out + 1] = task
  out[#out + 1] = found[i + 1]
  out[#out + 1] = tostring(tries - 1)
  out[#out + 1] = redis.call('HGET', KEYS[5], task) or ''
  out[#out + 1] = tostring(number)
  out[#out + 1] = redis.call('HGET', KEYS[2], task) or ''
end
return out
