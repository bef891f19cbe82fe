-- Removes a claimed effect. A timer is not removed but set again to the wake of
-- its request: nothing that rests is ever left without one.
--
-- KEYS  1 due   2 task   3 claim   4 tries   5 note   6 waiting   7 request
--       8 outbox   9 lapsed   10 sending   11 perhaps
-- ARGV  1 task   2 number of the claim   3 '1' for a timer
-- Returns 'done' (also when it was done before) or 'fenced'

local task = ARGV[1]
local held = redis.call('HGET', KEYS[3], task)
if not held then
  return 'done'
end
if held ~= ARGV[2] then
  return 'fenced'
end
local wake = ARGV[3] == '1' and redis.call('HGET', KEYS[7], 'w') or ''
if wake == '' then
  redis.call('ZREM', KEYS[1], task)
else
  redis.call('ZADD', KEYS[1], wake, task)
end
for k = 2, 5 do
  redis.call('HDEL', KEYS[k], task)
end
for k = 9, 11 do
  redis.call('HDEL', KEYS[k], task)
end
redis.call('SREM', KEYS[6], task)
redis.call('ZREM', KEYS[8], task)
return 'done'
