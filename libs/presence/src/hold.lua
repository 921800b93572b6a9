-- Holds devices for a while, on the clock of Redis.
--
-- KEYS[1]    who counts as here, by the time at which they will be told gone
-- KEYS[2..]  for each device, the devices of its user by the time until which they are held
-- ARGV       how long to hold, and the grace, in ms; who holds; then for each device: user, device
-- answers    the users who were not here

local ttl, grace, holder = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local came = {}
for i = 2, #KEYS do
  local user, device = ARGV[2 * i], ARGV[2 * i + 1]
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  redis.call('ZADD', KEYS[i], now + ttl, device .. ' ' .. holder)
  redis.call('PEXPIRE', KEYS[i], ttl)
  if redis.call('ZADD', KEYS[1], now + ttl + grace, user) == 1 then came[#came + 1] = user end
end
-- When no gateway has come for a day, nobody is left to be told.
redis.call('PEXPIRE', KEYS[1], 86400000)
return came
