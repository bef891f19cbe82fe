-- Tries every command that the store uses, on keys of its own, so that a missing
-- right shows at the start and not in the middle of a commit.
--
-- KEYS  1 a hash   2 a sorted set   3 a list   4 a set   5 a string
-- Returns a line for each command that was refused

local refused = {}
local function try(command, ...)
  local answer = redis.pcall(command, ...)
  if type(answer) == 'table' and answer.err then
    refused[#refused + 1] = command .. ': ' .. answer.err
  end
end

local hash, sorted, list, set, text = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
try('HSET', hash, 'f', '1')
try('HSETNX', hash, 'g', '1')
try('HINCRBY', hash, 'f', '1')
try('HGET', hash, 'f')
try('HMGET', hash, 'f', 'g')
try('HGETALL', hash)
try('HKEYS', hash)
try('HSCAN', hash, '0')
try('HEXISTS', hash, 'f')
try('HDEL', hash, 'f')
try('ZADD', sorted, '1', 'm')
try('ZSCORE', sorted, 'm')
try('ZCARD', sorted)
try('ZCOUNT', sorted, '0', '2')
try('ZRANGE', sorted, '0', '0')
try('ZRANGEBYSCORE', sorted, '0', '2')
try('ZRANGEBYLEX', sorted, '[a', '[z')
try('ZREM', sorted, 'm')
try('ZREMRANGEBYSCORE', sorted, '0', '2')
try('RPUSH', list, 'e')
try('LRANGE', list, '0', '0')
try('SADD', set, 'm')
try('SMEMBERS', set)
try('SREM', set, 'm')
try('SET', text, '1')
try('GET', text)
try('INCR', text)
try('STRLEN', text)
try('GETRANGE', text, '0', '0')
try('PEXPIRE', text, '60000')
try('EXISTS', text)
try('DEL', hash, sorted, list, set, text)
return refused
