-- Applies one change to a request: all of it, or nothing.
--
-- KEYS  1 request   2 ops     3 history  4 private  5 waiting
--       6 due       7 task    8 claim    9 tries   10 note
--      11 fence    12 seq    13 ids     14 index of the state left
--      15 index of the state entered    16 groups   17 outbox
--      18 guard    19 lapsed 20 sending 21 perhaps
-- ARGV  1 id   2 digest of the op   3 base version   4 new version   5 body
--       6 state left ('' at birth)   7 state entered   8 score in its index
--       9 wake (ms, '' for never)   10 history entry   11 its private part
--      12 lease name ('' for none)  13 its epoch
--      14 task done ('' for none)
--      15 number of the claim on it ('' for what happened, whoever has it now)
--      16 digests of the groups that it occupies, blanks between
--      17 epoch of the caller   18 commits that it saw   19 owner of the lease
--      20 task that must be held with that number, though it is not done ('' for none)
--      21... for each effect: id, body, due (ms), '1' for a letter
-- Returns 'committed' or 'repeated' and the commits so far, 'conflict', 'fenced',
--         'inconsistent', what outdated tells, or 'open ' and the id of the one
--         request that occupies all groups of a birth
--
-- Everything is checked before anything is written, and the first write is one
-- that a full server refuses: a script is never stopped half-way.

local id, base, wake, done = ARGV[1], ARGV[3], ARGV[9], ARGV[14]
local groups = KEYS[16]

local function words(text)
  local list = {}
  for word in string.gmatch(text or '', '%S+') do
    list[#list + 1] = word
  end
  return list
end

-- occupant is the one request, beside this, that occupies all the wanted groups.
local function occupant(wanted)
  local one
  for _, group in ipairs(wanted) do
    local owner = redis.call('HGET', groups, group)
    if not owner or owner == id or one and one ~= owner then
      return nil
    end
    one = owner
  end
  return one
end

-- occupy gives back what is no longer wanted, takes what is free, and returns what
-- is now occupied. What belongs to another is left to it.
local function occupy(wanted, had)
  local stays, kept = {}, {}
  for _, group in ipairs(wanted) do
    stays[group] = true
    local owner = redis.call('HGET', groups, group)
    if not owner then
      redis.call('HSET', groups, group, id)
    end
    if not owner or owner == id then
      kept[#kept + 1] = group
    end
  end
  for _, group in ipairs(had) do
    if not stays[group] and redis.call('HGET', groups, group) == id then
      redis.call('HDEL', groups, group)
    end
  end
  return table.concat(kept, ' ')
end

local why, below = outdated(KEYS[18], KEYS[12], ARGV[17], ARGV[18])
if why then
  return why
end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then
  return 'repeated ' .. (redis.call('GET', KEYS[12]) or '0')
end
if overtaken(KEYS[11], ARGV[12], ARGV[13]) then
  return 'fenced'
end

local held = redis.call('HMGET', KEYS[1], 'v', 's', 'w', 'k', 'g')
if (held[1] or '0') ~= base then
  return 'conflict'
end
if (held[2] or '') ~= ARGV[6] then
  return 'inconsistent'
end
local claimed = done ~= '' and done or ARGV[20]
if claimed ~= '' and ARGV[15] ~= '' and redis.call('HGET', KEYS[8], claimed) ~= ARGV[15] then
  return 'fenced'
end

local wanted = words(ARGV[16])
local other = base == '0' and occupant(wanted)
if other then
  return 'open ' .. other
end

redis.call('HSET', KEYS[1], 'v', ARGV[4], 's', ARGV[7], 'w', wake, 'b', ARGV[5])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
witness(KEYS[11], ARGV[12], ARGV[13], ARGV[19])
if below then
  redis.call('HSET', KEYS[18], 'epoch', ARGV[17])
end

if ARGV[6] ~= '' and ARGV[6] ~= ARGV[7] then
  redis.call('ZREM', KEYS[14], id)
end
redis.call('ZADD', KEYS[15], ARGV[8], id)
if base == '0' then
  redis.call('ZADD', KEYS[13], '0', id)
end

if #wanted > 0 or (held[5] or '') ~= '' then
  redis.call('HSET', KEYS[1], 'g', occupy(wanted, words(held[5])))
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
  redis.call('HDEL', KEYS[19], id)
end

for i = 21, #ARGV, 4 do
  redis.call('HSET', KEYS[7], ARGV[i], ARGV[i + 1])
  redis.call('ZADD', KEYS[6], ARGV[i + 2], ARGV[i])
  redis.call('SADD', KEYS[5], ARGV[i])
  if ARGV[i + 3] == '1' then
    redis.call('ZADD', KEYS[17], ARGV[i + 2], ARGV[i])
  end
end

if done ~= '' then
  redis.call('ZREM', KEYS[6], done)
  redis.call('SREM', KEYS[5], done)
  redis.call('ZREM', KEYS[17], done)
  for k = 7, 10 do
    redis.call('HDEL', KEYS[k], done)
  end
  for k = 19, 21 do
    redis.call('HDEL', KEYS[k], done)
  end
end

redis.call('RPUSH', KEYS[3], ARGV[10])
-- '-' stands where the data key was: nothing personal is kept any more.
if ARGV[11] ~= '' and held[4] ~= '-' then
  redis.call('HSET', KEYS[4], ARGV[4], ARGV[11])
end
return 'committed ' .. string.format('%.0f', redis.call('INCR', KEYS[12]))
