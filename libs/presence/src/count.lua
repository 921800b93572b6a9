-- How many count as here, on the clock of Redis: some may have gone within the grace.
--
-- KEYS[1]  who counts as here, by the time at which they will be told gone

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

return redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now), '+inf')
