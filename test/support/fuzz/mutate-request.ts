/**
 * Changes a request so that it is wrong in one of the ways that requests are: its JSON in value, name or shape, its bytes
 * wherever they are, its address, its headers. What is inside of a wrapping is changed before it is wrapped, because a
 * damaged wrapping alone would never reach what reads the inside.
 */
import type { Random } from '../../../src/generate/random.ts';
import { type JsonValue, parseJson } from '../../../src/model/json.ts';
import { type OpenRequest, putTogether, type SentRequest, type WireForm } from './wire-form.ts';

const HOSTILE: readonly [JsonValue, ...JsonValue[]] = [
  null,
  true,
  '',
  ' ',
  0,
  -1,
  1e308,
  -0.1,
  Number.MAX_SAFE_INTEGER + 1,
  [],
  {},
  [[[[[]]]]],
  '__proto__',
  'constructor',
  '$sealed',
  '\u0000',
  '\ud800',
  '９９９',
  'null',
  '1e999',
  '-1.5',
  '2026-99-99T99:99:99Z',
  'a'.repeat(300),
  'ü'.repeat(5_000),
  '{"a":',
  'eyJhIjo',
  'iglu:x/__proto__/jsonschema/1-0-0',
];
const NAMES: readonly [string, ...string[]] = [
  '__proto__',
  'constructor',
  'toString',
  '',
  '$',
  'type',
  'id',
  'properties',
  '$sealed',
];
const DEEP = 40;

export function mutateRequest(request: OpenRequest, random: Random): SentRequest {
  let open = request;
  for (let n = random.between(0, 3); n > 0; n--)
    open = { ...open, payload: mutateJson(open.payload, random) };
  if (random.chance(0.1)) open = { ...open, form: otherForm(random) };
  if (random.chance(0.15)) open = { ...open, query: mutateQuery(open.query, random) };
  if (random.chance(0.15)) open = { ...open, headers: mutateHeaders(open.headers, random) };
  if (random.chance(0.03)) open = { ...open, method: random.pick(['GET', 'POST', 'PUT', 'OPTIONS']) };
  const sent = putTogether(open);
  return random.chance(0.2) ? { ...sent, body: mutateBytes(sent.body, random) } : sent;
}

function mutateJson(value: JsonValue, random: Random): JsonValue {
  if (typeof value !== 'object' || value === null || random.chance(0.1)) return hostile(value, random);
  if (Array.isArray(value)) return mutateList(value, random);
  const entries = Object.entries(value) as [string, JsonValue][];
  if (entries.length === 0) return hostile(value, random);
  const at = random.below(entries.length);
  const [name, inner] = entries[at]!;
  const drawn = random.below(10);
  if (drawn === 0) entries.splice(at, 1);
  else if (drawn === 1) entries[at] = [random.pick(NAMES), inner];
  else if (drawn === 2) entries.push([random.pick(NAMES), random.pick(HOSTILE)]);
  else entries[at] = [name, mutateJson(inner, random)];
  return Object.fromEntries(entries);
}

function mutateList(list: readonly JsonValue[], random: Random): JsonValue {
  const at = random.below(Math.max(1, list.length));
  const drawn = random.below(6);
  if (list.length === 0 || drawn === 0) return [...list, random.pick(HOSTILE)];
  if (drawn === 1) return list.filter((_, i) => i !== at);
  if (drawn === 2) return [...list, ...list];
  return list.map((entry, i) => (i === at ? mutateJson(entry, random) : entry));
}

/** JSON inside of a text (Snowplow's) is changed as JSON now and then. */
function hostile(value: JsonValue, random: Random): JsonValue {
  const inner = typeof value === 'string' && random.chance(0.7) ? jsonInside(value) : undefined;
  if (inner !== undefined) return JSON.stringify(mutateJson(inner, random));
  if (random.chance(0.05)) {
    let deep: JsonValue = value;
    for (let n = 0; n < DEEP; n++) deep = random.chance(0.5) ? [deep] : { a: deep };
    return deep;
  }
  return random.pick(HOSTILE);
}

function jsonInside(text: string): JsonValue | undefined {
  const value = parseJson(Buffer.from(text));
  // JSON is what JSON.parse gives.
  return typeof value === 'object' ? (value as JsonValue) : undefined;
}

function otherForm(random: Random): WireForm {
  const gzip = random.chance(0.5);
  const field = random.pick(['data', 'data_list']);
  return random.pick<WireForm>([
    'json',
    'gzip',
    'lz',
    'fields',
    { field, at: 'body', gzip },
    { field, at: 'address', gzip },
  ]);
}

function mutateQuery(query: OpenRequest['query'], random: Random): OpenRequest['query'] {
  const entries = Object.entries(query);
  if (entries.length > 0 && random.chance(0.4)) entries.splice(random.below(entries.length), 1);
  const text = String(random.pick(HOSTILE)).slice(0, 500);
  const name = random.pick([
    'data',
    'compression',
    'gzip',
    'ext',
    'compress',
    'stm',
    'writeKey',
    'project',
    'x',
  ]);
  return Object.fromEntries([...entries, [name, wellFormed(text)]]);
}

function mutateHeaders(headers: OpenRequest['headers'], random: Random): OpenRequest['headers'] {
  const name = random.pick([
    'content-type',
    'content-encoding',
    'authorization',
    'origin',
    'ce-type',
    'x-shopify-topic',
    'accept',
  ]);
  const value = random.pick([
    '',
    'application/json',
    'text/plain',
    'application/x-ndjson',
    'gzip',
    'Basic %%',
    'Bearer x',
    ';;;',
    '"',
    'a'.repeat(2_000),
  ]);
  return { ...headers, [name]: value };
}

function mutateBytes(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return Buffer.from(String(random.pick(HOSTILE)));
  const at = random.below(bytes.length);
  const copy = Buffer.from(bytes);
  switch (random.below(5)) {
    case 0:
      copy[at] = random.below(256);
      return copy;
    case 1:
      return copy.subarray(0, at);
    case 2:
      return Buffer.concat([copy.subarray(0, at), Buffer.from([random.below(256)]), copy.subarray(at)]);
    case 3:
      return Buffer.concat([copy, copy.subarray(at)]);
    default:
      return Buffer.concat([
        copy.subarray(0, at),
        copy.subarray(Math.min(copy.length, at + random.between(1, 8))),
      ]);
  }
}

/** Half of a surrogate pair cannot be written into an address. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
