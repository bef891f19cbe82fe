-- outdated tells what keeps a caller and this partition from trusting each other: 'epoch'
-- and its number when a recovery began that the caller knows nothing of, 'behind' and the
-- number of commits when the partition holds less than the caller saw; nil when neither.
-- After it comes whether the partition has to be told the caller's epoch: only one that
-- was never used may be below it, any other was rolled back to before a recovery.
local function outdated(guard, seq, epoch, highest)
  local stands = tonumber(redis.call('HGET', guard, 'epoch') or '1')
  local commits = tonumber(redis.call('GET', seq) or '0')
  epoch, highest = tonumber(epoch), tonumber(highest)
  if stands > epoch then
    return 'epoch ' .. string.format('%.0f', stands)
  end
  local below = stands < epoch
  if commits < highest or below and commits > 0 then
    return 'behind ' .. string.format('%.0f', commits)
  end
  return nil, below
end

