-- Destroys the data key of a request and the private part of its history. From
-- then on no blob can be stored or read.
--
-- KEYS  1 request   2 private
-- Returns 'forgotten'

if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'k', '-')
end
redis.call('DEL', KEYS[2])
return 'forgotten'
