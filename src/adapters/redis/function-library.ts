import { createHash } from 'node:crypto';

/*
 * What runs inside Redis. A call of a function is isolated but not rolled back: whatever can fail is asked before the
 * first write. Its record in the append-only file is all or nothing, so a restart never finds half of one.
 *
 * Keys that a call writes are named in KEYS: a node of a cluster then refuses the call as a whole while the slot moves
 * to another node. `load` and `keys` also read keys that only the data name. They have the same tag, and Redis checks
 * each access: while a slot moves the answer is an error, never an entry that seems absent.
 *
 * Strings are only compared for equality in here: Lua orders them by the server's locale.
 *
 * Names carry a digest of the source, so that two versions of the program can work on one server beside each other.
 */
const BODY = `
local SLICE = 1000

local function unfit(key, kind)
  local found = redis.call('TYPE', key).ok
  return found ~= kind and found ~= 'none'
end

local function version_of(meta)
  return redis.call('HGET', meta, 'version') or '0'
end

local function in_slices(command, key, values, from, to)
  for at = from, to, SLICE do
    redis.call(command, key, unpack(values, at, math.min(at + SLICE - 1, to)))
  end
end

-- KEYS: meta, index, spool, buckets. ARGV: expected version, next version, checkpoint, n of the spool entry or '',
-- its bytes; then for each bucket: its name, how many fields to set, how many to delete, fields and values, fields.
local function commit(KEYS, ARGV)
  local meta, index, spool = KEYS[1], KEYS[2], KEYS[3]
  if unfit(meta, 'hash') then return {-1, meta} end
  if version_of(meta) ~= ARGV[1] then return {0} end
  if unfit(index, 'zset') then return {-1, index} end
  if unfit(spool, 'stream') then return {-1, spool} end
  local fresh = {}
  local at = 6
  for i = 4, #KEYS do
    local found = redis.call('TYPE', KEYS[i]).ok
    if found ~= 'hash' and found ~= 'none' then return {-1, KEYS[i]} end
    fresh[i] = found == 'none'
    at = at + 3 + 2 * tonumber(ARGV[at + 1]) + tonumber(ARGV[at + 2])
  end
  if at ~= #ARGV + 1 then return {-2} end
  local spooled = tonumber(ARGV[4])
  if spooled and spooled <= tonumber(redis.call('HGET', meta, 'spooled') or '0') then return {-2} end

  local added, gone = {}, {}
  at = 6
  for i = 4, #KEYS do
    local sets, deletes = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local first = at + 3
    local middle = first + 2 * sets
    if sets > 0 then
      in_slices('HSET', KEYS[i], ARGV, first, middle - 1)
      if fresh[i] then
        added[#added + 1] = '0'
        added[#added + 1] = ARGV[at]
      end
    end
    if deletes > 0 and not fresh[i] then
      in_slices('HDEL', KEYS[i], ARGV, middle, middle + deletes - 1)
      if sets == 0 and redis.call('EXISTS', KEYS[i]) == 0 then gone[#gone + 1] = ARGV[at] end
    end
    at = middle + deletes
  end
  if #added > 0 then in_slices('ZADD', index, added, 1, #added) end
  if #gone > 0 then in_slices('ZREM', index, gone, 1, #gone) end
  if spooled then
    local total = tonumber(redis.call('HGET', meta, 'bytes') or '0') + #ARGV[5]
    local text = string.format('%.0f', total)
    redis.call('XADD', spool, ARGV[4] .. '-0', 'b', ARGV[5], 't', text)
    redis.call('HSET', meta, 'spooled', ARGV[4], 'bytes', text)
  end
  redis.call('HSET', meta, 'version', ARGV[2], 'checkpoint', ARGV[3])
  return {1}
end

-- KEYS: meta, buckets. ARGV: expected version or '', what the bucket of a person is called before its id, how much of
-- the id follows, how many characters of a link are its owner; then for each bucket: 1 where it holds links, how many
-- fields, the fields. Answers values in this order, then owners: id and value by turns.
local function load(KEYS, ARGV)
  if ARGV[1] ~= '' and version_of(KEYS[1]) ~= ARGV[1] then return {0} end
  local values, owners, seen = {}, {}, {}
  local characters, owner_length = tonumber(ARGV[3]), tonumber(ARGV[4])
  local at = 5
  for i = 2, #KEYS do
    local links, last = ARGV[at] == '1', at + 1 + tonumber(ARGV[at + 1])
    for from = at + 2, last, SLICE do
      local found = redis.call('HMGET', KEYS[i], unpack(ARGV, from, math.min(from + SLICE - 1, last)))
      for n = 1, #found do
        local value = found[n]
        values[#values + 1] = value
        if links and value and #value >= owner_length then
          local id = string.match(string.sub(value, 1, owner_length), '^%s*(.-)%s*$')
          if id ~= '' and not seen[id] then
            seen[id] = true
            local bucket = ARGV[2] .. string.sub(id, 1, characters)
            owners[#owners + 1] = id
            owners[#owners + 1] = redis.call('HGET', bucket, string.sub(id, characters + 1))
          end
        end
      end
    end
    at = last + 1
  end
  return {1, values, owners}
end

-- KEYS: index. ARGV: the tag, bounds of the names, how many entries are wanted, 'entries' or 'headers'.
-- Answers 1 where nothing follows, then for each bucket its name and its fields (of headers: names alone).
local function keys(KEYS, ARGV)
  local wanted = tonumber(ARGV[4])
  local page = math.min(wanted, SLICE)
  local names = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[2], ARGV[3], 'LIMIT', '0', tostring(page))
  local answer, count = {#names < page and 1 or 0}, 0
  for n = 1, #names do
    if ARGV[5] == 'entries' then
      local fields = redis.call('HKEYS', ARGV[1] .. names[n])
      answer[#answer + 1] = names[n]
      answer[#answer + 1] = fields
      count = count + #fields
      if count >= wanted and n < #names then
        answer[1] = 0
        break
      end
    else
      answer[#answer + 1] = names[n]
      answer[#answer + 1] = redis.call('HEXISTS', ARGV[1] .. names[n], '')
    end
  end
  return answer
end

-- KEYS: spool. ARGV: n of the last entry known, how many bytes to answer.
local function read_spool(KEYS, ARGV)
  local from, left, answer = '(' .. ARGV[1] .. '-0', tonumber(ARGV[2]), {}
  while true do
    local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', '4')
    for n = 1, #entries do
      local id, bytes = entries[n][1], entries[n][2][2]
      left = left - #bytes
      if left < 0 and #answer > 0 then return answer end
      answer[#answer + 1] = string.match(id, '^%d+')
      answer[#answer + 1] = bytes
      from = '(' .. id
    end
    if #entries < 4 then return answer end
  end
end

-- KEYS: meta, spool. Answers how many bytes of entries there are.
local function spool_bytes(KEYS, ARGV)
  local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', '1')[1]
  if not first then return '0' end
  local before = tonumber(first[2][4]) - #first[2][2]
  return string.format('%.0f', tonumber(redis.call('HGET', KEYS[1], 'bytes')) - before)
end

-- KEYS: meta. ARGV: expected cursor or '', the next one, up to where entries may be dropped.
local function save_cursor(KEYS, ARGV)
  if (redis.call('HGET', KEYS[1], 'cursor') or '') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'cursor', ARGV[2], 'droppable', ARGV[3])
  return 1
end

-- KEYS: meta, spool. ARGV: n of the last entry to drop.
local function trim_spool(KEYS, ARGV)
  local droppable = tonumber(redis.call('HGET', KEYS[1], 'droppable') or '0')
  local first = string.format('%.0f', math.min(tonumber(ARGV[1]), droppable) + 1)
  return redis.call('XTRIM', KEYS[2], 'MINID', '=', first .. '-0')
end
`;

/** What may run while memory is full: reading, and what gives memory back. */
const FLAGS = {
  commit: '',
  load: "'no-writes'",
  keys: "'no-writes'",
  read_spool: "'no-writes'",
  spool_bytes: "'no-writes'",
  save_cursor: "'allow-oom'",
  trim_spool: "'allow-oom'",
} as const;

export type FunctionName = keyof typeof FLAGS;

export interface FunctionLibrary {
  readonly name: string;
  readonly code: string;
  readonly nameOf: (name: FunctionName) => string;
}

/** Another `version` is another library with the same functions. */
export function createFunctionLibrary(version = ''): FunctionLibrary {
  const body = `${BODY}-- ${version}`;
  const digest = createHash('sha256').update(body).update(JSON.stringify(FLAGS)).digest('hex').slice(0, 12);
  const name = `tessera_${digest}`;
  const registered = Object.entries(FLAGS).map(
    ([one, flags]) =>
      `redis.register_function{function_name='${name}_${one}', callback=${one}, flags={${flags}}}`,
  );
  return {
    name,
    code: `#!lua name=${name}\n${body}\n${registered.join('\n')}\n`,
    nameOf: (one) => `${name}_${one}`,
  };
}
