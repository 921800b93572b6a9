-- Who is here, on the clock of Redis.
--
-- KEYS     the devices of a user each, by the time until which they are held
-- answers  for each user a list of "device holder"

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local here = {}
for i = 1, #KEYS do here[i] = redis.call('ZRANGEBYSCORE', KEYS[i], '(' .. string.format('%.0f', now), '+inf') end
return here
