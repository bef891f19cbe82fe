-- Gives the wrapped data key of a request, and founds it on first use.
--
-- KEYS  1 request
-- ARGV  1 a new wrapped key ('' only to look)
-- Returns the wrapped key, '' when there is none, '-' when it was forgotten

if ARGV[1] ~= '' then
  redis.call('HSETNX', KEYS[1], 'k', ARGV[1])
end
return redis.call('HGET', KEYS[1], 'k') or ''
