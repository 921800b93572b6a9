-- A bucket of tokens under one key, on the clock of Redis. Without a value it is full.
--
-- KEYS[1]  the bucket
-- ARGV     tokens per second; burst; tokens wanted, below 0 to give some back; tokens to take ahead of need, if there are plenty
-- answers  { 0, tokens taken ahead }, or { ms until the tokens would be there, 0 } and nothing was taken; -1 ms stands for never

local perSecond, burst, wanted, ahead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- In thousandths of a token, so that whole rates stay whole every millisecond.
local full = burst * 1000
local level = full
local value = redis.call('GET', KEYS[1])
if value then
  local known, at = value:match('^(%S+) (%S+)$')
  -- A clock that went back neither adds nor removes tokens.
  level = math.min(full, known + math.max(0, now - at) * perSecond)
end

local wait = 0
local taken = wanted * 1000
if taken > level then
  wait = wanted > burst and -1 or math.max(1, math.ceil((taken - level) / perSecond))
  taken, ahead = 0, 0
else
  -- At most a quarter of what is left: where tokens are few, others may need them sooner.
  ahead = math.max(0, math.min(ahead, math.floor((level - taken) / 4000)))
end
level = math.min(full, level - taken - ahead * 1000)

-- It lives until it would be full, for then it is no different from one that is not there.
if level < full then
  redis.call('SET', KEYS[1], string.format('%.17g %.0f', level, now), 'PX', string.format('%.0f', math.ceil((full - level) / perSecond)))
elseif value then
  redis.call('DEL', KEYS[1])
end
return { wait, ahead }
