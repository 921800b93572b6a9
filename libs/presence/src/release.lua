-- Lets go of devices, on the clock of Redis. What others hold stays.
--
-- KEYS[1]    who counts as here, by the time at which they will be told gone
-- KEYS[2..]  for each device, the devices of its user by the time until which they are held
-- ARGV       the grace in ms; who holds; then for each device: user, device

local grace, holder = tonumber(ARGV[1]), ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for i = 2, #KEYS do
  local user, device = ARGV[2 * i - 1], ARGV[2 * i]
  local held = redis.call('ZREM', KEYS[i], device .. ' ' .. holder)
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  -- Who was told gone already is not told again.
  if held == 1 and redis.call('ZCARD', KEYS[i]) == 0 then redis.call('ZADD', KEYS[1], 'XX', now + grace, user) end
end
