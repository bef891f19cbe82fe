-- Applies one change to a request: all of it, or nothing.
--
-- KEYS  1 request   2 ops     3 history  4 private  5 waiting
--       6 due       7 task    8 claim    9 tries   10 note
--      11 fence    12 seq    13 ids     14 index of the state left
--      15 index of the state entered
-- ARGV  1 id   2 digest of the op   3 base version   4 new version   5 body
--       6 state left ('' at birth)   7 state entered   8 score in its index
--       9 wake (ms, '' for never)   10 history entry   11 its private part
--      12 lease name ('' for none)  13 its epoch
--      14 task done ('' for none)   15 number of the claim on it
--      16... for each effect: id, body, due (ms)
-- Returns 'committed', 'repeated', 'conflict', 'fenced' or 'inconsistent'
--
-- Everything is checked before anything is written, and the first write is one
-- that a full server refuses: a script is never stopped half-way.

local id, base, wake, done = ARGV[1], ARGV[3], ARGV[9], ARGV[14]

if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then
  return 'repeated'
end

local lease, epoch = ARGV[12], tonumber(ARGV[13])
if lease ~= '' then
  local highest = tonumber(redis.call('HGET', KEYS[11], lease) or '0')
  if epoch < highest then
    return 'fenced'
  end
  if epoch > highest then
    redis.call('HSET', KEYS[11], lease, ARGV[13])
  end
end

local held = redis.call('HMGET', KEYS[1], 'v', 's', 'w', 'k')
if (held[1] or '0') ~= base then
  return 'conflict'
end
if (held[2] or '') ~= ARGV[6] then
  return 'inconsistent'
end
if done ~= '' and redis.call('HGET', KEYS[8], done) ~= ARGV[15] then
  return 'fenced'
end

redis.call('HSET', KEYS[1], 'v', ARGV[4], 's', ARGV[7], 'w', wake, 'b', ARGV[5])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])

if ARGV[6] ~= '' and ARGV[6] ~= ARGV[7] then
  redis.call('ZREM', KEYS[14], id)
end
redis.call('ZADD', KEYS[15], ARGV[8], id)
if base == '0' then
  redis.call('ZADD', KEYS[13], '0', id)
end

-- A timer that the change does not move keeps its claim and its backoff.
if wake == '' then
  redis.call('ZREM', KEYS[6], id)
elseif wake ~= held[3] or not redis.call('ZSCORE', KEYS[6], id) then
  redis.call('ZADD', KEYS[6], wake, id)
end
if wake ~= held[3] then
  redis.call('HDEL', KEYS[8], id)
  redis.call('HDEL', KEYS[9], id)
  redis.call('HDEL', KEYS[10], id)
end

for i = 16, #ARGV, 3 do
  redis.call('HSET', KEYS[7], ARGV[i], ARGV[i + 1])
  redis.call('ZADD', KEYS[6], ARGV[i + 2], ARGV[i])
  redis.call('SADD', KEYS[5], ARGV[i])
end

if done ~= '' then
  redis.call('ZREM', KEYS[6], done)
  redis.call('SREM', KEYS[5], done)
  for k = 7, 10 do
    redis.call('HDEL', KEYS[k], done)
  end
end

redis.call('RPUSH', KEYS[3], ARGV[10])
-- '-' stands where the data key was: nothing personal is kept any more.
if ARGV[11] ~= '' and held[4] ~= '-' then
  redis.call('HSET', KEYS[4], ARGV[4], ARGV[11])
end
redis.call('INCR', KEYS[12])
return 'committed'
