-- Goes on through those who count as here. Whoever is among them from the first call to the last is found, however their times change.
--
-- KEYS[1]  who counts as here, by the time at which they will be told gone
-- ARGV     where to go on: '0', or what the last call has answered; how many at once, about
-- answers  where to go on, '0' when that was all; which server says so; the users

local found = redis.call('ZSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local info = redis.pcall('INFO', 'server')

local answer = { found[1], type(info) == 'string' and info:match('run_id:(%x+)') or '' }
for i = 1, #found[2], 2 do answer[#answer + 1] = found[2][i] end
return answer
