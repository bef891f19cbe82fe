-- Destroys the data key of a request and the private part of its history. From
-- then on no blob can be stored or read. What it occupied is free.
--
-- KEYS  1 request   2 private   3 groups
-- ARGV  1 id
-- Returns 'forgotten'

if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'k', '-')
  local held = redis.call('HGET', KEYS[1], 'g') or ''
  for group in string.gmatch(held, '%S+') do
    if redis.call('HGET', KEYS[3], group) == ARGV[1] then
      redis.call('HDEL', KEYS[3], group)
    end
  end
  redis.call('HDEL', KEYS[1], 'g')
end
redis.call('DEL', KEYS[2])
return 'forgotten'
