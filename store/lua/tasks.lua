-- Reads the effects of one request that still wait.
--
-- KEYS  1 waiting   2 due   3 task   4 tries   5 note   6 lapsed   7 perhaps
-- Returns eight values an effect, as claim.lua does; the claim's number is '0'

local out = {}
for _, task in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  out[#out + 1] = task
  out[#out + 1] = redis.call('ZSCORE', KEYS[2], task) or '0'
  out[#out + 1] = redis.call('HGET', KEYS[4], task) or '0'
  out[#out + 1] = redis.call('HGET', KEYS[5], task) or ''
  out[#out + 1] = '0'
  out[#out + 1] = redis.call('HGET', KEYS[3], task) or ''
  out[#out + 1] = redis.call('HGET', KEYS[6], task) or '0'
  out[#out + 1] = redis.call('HGET', KEYS[7], task) or '0'
end
return out
