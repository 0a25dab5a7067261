import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { DAY_MS } from '../../model/time.ts';
import { momentOf, yearsBetween } from './moments.ts';

/** A function of expressions over values; it is total, null where there is no answer. */
export interface ExpressionFunction {
  readonly least: number;
  readonly most: number;
  /** `now` is the moment of reading. */
  answer(inputs: readonly JsonValue[], now: number): JsonValue;
}

/** Inputs that `min` and `max` take. */
const MANY = 16;
const DECIMALS_MAX = 12;

/** A number that JSON can hold, without negative zero; null for everything else. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}

function ofNumber(compute: (value: number) => number): ExpressionFunction {
  return {
    least: 1,
    most: 1,
    answer: ([value]) => (typeof value === 'number' ? finite(compute(value)) : null),
  };
}

function ofNumbers(pick: (a: number, b: number) => number): ExpressionFunction {
  return {
    least: 1,
    most: MANY,
    answer(inputs) {
      let found: number | null = null;
      for (const value of inputs) {
        if (typeof value !== 'number') return null;
        found = found === null ? value : pick(found, value);
      }
      return found;
    },
  };
}

function round([value, decimals = 0]: readonly JsonValue[]): JsonValue {
  if (typeof value !== 'number' || typeof decimals !== 'number') return null;
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > DECIMALS_MAX) return null;
  const factor = 10 ** decimals;
  return finite(Math.round(value * factor) / factor);
}

/** How many of the bounds the value has reached: 0 below the first, so bounds [10, 20] make the buckets 0, 1 and 2. */
function bucket([value, bounds]: readonly JsonValue[]): JsonValue {
  if (typeof value !== 'number' || !Array.isArray(bounds)) return null;
  let reached = 0;
  for (const bound of bounds) if (typeof bound === 'number' && value >= bound) reached += 1;
  return reached;
}

/** An entry of top_k holds its key; what other lists hold is the key itself. */
function keyOfEntry(entry: JsonValue): JsonValue {
  return isJsonObject(entry) ? (entry.key ?? null) : entry;
}

function contains([whole, part]: readonly JsonValue[]): JsonValue {
  if (part === null || part === undefined || typeof part === 'object') return null;
  if (typeof whole === 'string') return typeof part === 'string' ? whole.includes(part) : null;
  if (Array.isArray(whole)) return whole.some((entry: JsonValue) => keyOfEntry(entry) === part);
  return isJsonObject(whole) ? typeof part === 'string' && Object.hasOwn(whole, part) : null;
}

function length([whole]: readonly JsonValue[]): JsonValue {
  if (typeof whole === 'string') return [...whole].length;
  if (Array.isArray(whole)) return whole.length;
  return isJsonObject(whole) ? Object.keys(whole).length : null;
}

/** The n-th key of a list, from 1. */
function key([list, n]: readonly JsonValue[]): JsonValue {
  if (!Array.isArray(list) || typeof n !== 'number' || !Number.isInteger(n)) return null;
  const entry: JsonValue | undefined = list[n - 1];
  return entry === undefined ? null : keyOfEntry(entry);
}

/** What a map has under a key, and a list of keys with counts as the count. */
function get([map, wanted]: readonly JsonValue[]): JsonValue {
  if (typeof wanted !== 'string') return null;
  if (Array.isArray(map)) {
    const entry: JsonValue = map.find((each: JsonValue) => isJsonObject(each) && each.key === wanted) ?? null;
    return isJsonObject(entry) ? (entry.count ?? null) : null;
  }
  return isJsonObject(map) && Object.hasOwn(map, wanted) ? (map[wanted] ?? null) : null;
}

/** The entries of a list whose keys are none of the other's: what was tried and not bought. */
function except([list, others]: readonly JsonValue[]): JsonValue {
  if (!Array.isArray(list) || !Array.isArray(others)) return null;
  const left = new Set(others.map(keyOfEntry));
  return list.filter((entry: JsonValue) => !left.has(keyOfEntry(entry)));
}

/** What the objects of a list have under a name, each once, in their order: the carts of the lines in them. */
function pluck([list, name]: readonly JsonValue[]): JsonValue {
  if (!Array.isArray(list) || typeof name !== 'string') return null;
  const found = new Set<JsonValue>();
  for (const each of list as readonly JsonValue[]) {
    const value = isJsonObject(each) && Object.hasOwn(each, name) ? each[name] : undefined;
    if (value !== undefined && value !== null && typeof value !== 'object') found.add(value);
  }
  return [...found];
}

/** For each key of a map, what the first has under it (nothing is 0) divided by what the second has. */
function ratio([parts, wholes]: readonly JsonValue[]): JsonValue {
  if (!isMap(parts) || !isMap(wholes)) return null;
  const ratios: [string, number][] = [];
  for (const [name, whole] of Object.entries(wholes)) {
    const part = Object.hasOwn(parts, name) ? parts[name] : 0;
    if (typeof whole !== 'number' || typeof part !== 'number') continue;
    const value = finite(part / whole);
    if (value !== null) ratios.push([name, value]);
  }
  return Object.fromEntries(ratios);
}

function isMap(value: JsonValue | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}

/** The keys of a map under which the second has less, or nothing: cases opened after they were closed last. */
function later([moments, others]: readonly JsonValue[]): JsonValue {
  if (!isMap(moments) || !isMap(others)) return null;
  return Object.keys(moments).filter((name) => {
    const moment = moments[name];
    if (typeof moment !== 'number') return false;
    const other = Object.hasOwn(others, name) ? others[name] : undefined;
    return typeof other !== 'number' || moment > other;
  });
}

function daysBetween([from = null, until = null]: readonly JsonValue[]): JsonValue {
  const start = momentOf(from);
  const end = momentOf(until);
  return start === null || end === null ? null : finite(Math.trunc((end - start) / DAY_MS));
}

/** The median of the days between one moment of a list and the next, from three moments on; the list in any order. */
function medianGap([list]: readonly JsonValue[]): JsonValue {
  if (!Array.isArray(list)) return null;
  const moments = list.map(momentOf).filter((moment) => moment !== null);
  moments.sort((a, b) => a - b);
  const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? moment));
  if (gaps.length < 2) return null;
  gaps.sort((a, b) => a - b);
  const middle = gaps.length / 2;
  const low = gaps[Math.ceil(middle) - 1] ?? 0;
  const high = gaps[Math.floor(middle)] ?? 0;
  return finite((low + high) / 2 / DAY_MS);
}

function yearsSince([moment = null]: readonly JsonValue[], now: number): JsonValue {
  const from = momentOf(moment);
  return from === null ? null : yearsBetween(from, now);
}

/** By name. `if` and `coalesce` compute only what they answer, so they are part of the language itself. */
export const expressionFunctions: ReadonlyMap<string, ExpressionFunction> = new Map([
  ['abs', ofNumber(Math.abs)],
  ['bucket', { least: 2, most: 2, answer: bucket }],
  ['ceil', ofNumber(Math.ceil)],
  ['contains', { least: 2, most: 2, answer: contains }],
  ['days_between', { least: 2, most: 2, answer: daysBetween }],
  ['except', { least: 2, most: 2, answer: except }],
  ['floor', ofNumber(Math.floor)],
  ['get', { least: 2, most: 2, answer: get }],
  ['key', { least: 2, most: 2, answer: key }],
  ['later', { least: 2, most: 2, answer: later }],
  ['length', { least: 1, most: 1, answer: length }],
  ['log', ofNumber(Math.log)],
  ['max', ofNumbers(Math.max)],
  ['median_gap_days', { least: 1, most: 1, answer: medianGap }],
  ['min', ofNumbers(Math.min)],
  ['pluck', { least: 2, most: 2, answer: pluck }],
  ['ratio', { least: 2, most: 2, answer: ratio }],
  ['round', { least: 1, most: 2, answer: round }],
  ['sqrt', ofNumber(Math.sqrt)],
  ['years_since', { least: 1, most: 1, answer: yearsSince }],
]);
