-- Hands out what is due, oldest first, and hides it from everybody else.
--
-- A claim that was neither given back nor finished has lapsed: its worker died, or the
-- store was away. If it had been told that it may send, a mail may have left under it. Such
-- a task is left alone for half a claim more: a worker that lives says what became of the mail
-- as soon as the store answers, and another that was faster would send it again.
--
-- KEYS  1 due   2 task   3 claim   4 tries   5 note   6 seq   7 guard   8 lapsed
--       9 sending   10 perhaps
-- ARGV  1 now (ms)   2 limit   3 hidden until (ms)   4 epoch of the caller
--       5 commits that it saw   6 number of the first claim
-- Returns 'claimed' and the commits so far, or what outdated or resting tells; then eight
--         values a task: task, due (ms), attempts that ended, note, number of this claim,
--         body of the effect ('' for a timer), claims that lapsed, those of them under
--         which a mail may have left

local why = outdated(KEYS[7], KEYS[6], ARGV[4], ARGV[5]) or resting(KEYS[7])
if why then
  return {why}
end
-- expected reports whether the holder of a claim that lapsed may still tell what became of
-- what it sends; it may once.
local function expected(task, held)
  if not held or redis.call('HGET', KEYS[9], task) ~= held then
    return false
  end
  redis.call('HSET', KEYS[9], task, 'late ' .. held)
  local pause = (tonumber(ARGV[3]) - tonumber(ARGV[1])) / 2
  redis.call('ZADD', KEYS[1], string.format('%.0f', tonumber(ARGV[1]) + pause), task)
  return true
end

local function hand(task, due, number, held, out)
  redis.call('ZADD', KEYS[1], ARGV[3], task)
  if held and string.sub(held, 1, 1) ~= '-' then
    redis.call('HINCRBY', KEYS[8], task, 1)
    if redis.call('HGET', KEYS[9], task) == 'late ' .. held then
      redis.call('HINCRBY', KEYS[10], task, 1)
    end
  end
  redis.call('HDEL', KEYS[9], task)
  redis.call('HSET', KEYS[3], task, number)
  out[#out + 1] = task
  out[#out + 1] = due
  out[#out + 1] = redis.call('HGET', KEYS[4], task) or '0'
  out[#out + 1] = redis.call('HGET', KEYS[5], task) or ''
  out[#out + 1] = number
  out[#out + 1] = redis.call('HGET', KEYS[2], task) or ''
  out[#out + 1] = redis.call('HGET', KEYS[8], task) or '0'
  out[#out + 1] = redis.call('HGET', KEYS[10], task) or '0'
end

local out = {'claimed ' .. (redis.call('GET', KEYS[6]) or '0')}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1],
  'WITHSCORES', 'LIMIT', '0', ARGV[2])
for i = 1, #found, 2 do
  local task = found[i]
  local held = redis.call('HGET', KEYS[3], task)
  if not expected(task, held) then
    local number = string.format('%.0f', tonumber(ARGV[6]) + (i - 1) / 2)
    hand(task, found[i + 1], number, held, out)
  end
end
return out
