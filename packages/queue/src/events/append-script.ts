/**
 * Appends events to the log, each at most once, in one order for all processes.
 *
 * KEYS: 1 log (stream), 2 state (hash: `seq`, and `cursor:<source>` for each source of events)
 * ARGV: 1 longest log, 2 lowest id of a new log, 3 prefix of the keys per run, 4 seconds for which those are kept,
 *       5 source ('' for none), 6 how far the source has been read, then five for each event:
 *       its id in the source, what it claims ('unit', 'run' or ''), the name of the claim, run ids joined by commas, the event
 * Returns how many events were appended.
 *
 * - An event of a source is appended only if it is newer than the source's cursor: any number of processes may read the
 *   same source, and those that come second change nothing.
 * - A claimed event is told once per run: a unit's end is told for those runs for which it has not been told yet, and not
 *   at all if there is none left (EV-1). The key per run lives on after the run, for those who come late.
 * - Ids begin at the time in microseconds and rise by one: after Redis was flushed they are higher than all before, also
 *   when the clock has been set back, because everybody says how far they have read (`lowest id`).
 */
export const APPEND_SCRIPT = `
local maxLength, lowest, runPrefix, keepFor = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local source, readUntil = ARGV[5], ARGV[6]

local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function isNewer(id, than)
  local ms, seq = parts(id)
  local thanMs, thanSeq = parts(than)
  return ms > thanMs or (ms == thanMs and seq > thanSeq)
end

local last = tonumber(redis.call('HGET', KEYS[2], 'seq'))
if not last then
  local now = redis.call('TIME')
  last = math.max(tonumber(now[1]) * 1000000 + tonumber(now[2]), lowest)
end
local cursor = source ~= '' and (redis.call('HGET', KEYS[2], 'cursor:' .. source) or '0-0')
local appended = 0

local function claimedRuns(kind, name, runs)
  local claimed = {}
  for run in string.gmatch(runs, '[^,]+') do
    local key = runPrefix .. kind .. ':' .. run
    local isNew
    if kind == 'unit' then isNew = redis.call('SADD', key, name)
    else isNew = redis.call('HSETNX', key, name, string.format('%.0f', last + 1)) end
    redis.call('EXPIRE', key, keepFor)
    if isNew == 1 then claimed[#claimed + 1] = run end
  end
  return table.concat(claimed, ',')
end

for i = 7, #ARGV, 5 do
  local sourceId, kind, name, runs, event = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if not cursor or isNewer(sourceId, cursor) then
    local remaining = runs
    if kind ~= '' and runs ~= '' then remaining = claimedRuns(kind, name, runs) end
    if remaining ~= '' or runs == '' then
      last = last + 1
      redis.call('XADD', KEYS[1], 'MAXLEN', '~', maxLength, string.format('%.0f-0', last), 'event', event, 'runs', remaining)
      appended = appended + 1
    end
  end
end

if appended > 0 then redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', last)) end
if cursor and isNewer(readUntil, cursor) then redis.call('HSET', KEYS[2], 'cursor:' .. source, readUntil) end
return appended
`;
