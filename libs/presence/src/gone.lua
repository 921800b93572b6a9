-- Takes those who have gone: whoever asks is the only one to be told, on the clock of Redis.
--
-- KEYS[1]  who counts as here, by the time at which they will be told gone
-- ARGV     the grace in ms; how many at once
-- answers  { user, ms since the last device went } for each

local grace = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local gone = {}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #due, 2 do
  redis.call('ZREM', KEYS[1], due[i])
  gone[#gone + 1] = { due[i], now - tonumber(due[i + 1]) + grace }
end
return gone
