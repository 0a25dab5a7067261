import { limits } from '../../limits.ts';
import type { JsonValue } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import { searchKey } from '../key-rows.ts';
import type { Operation, OperationOptions, Reading, Sample, Scalar, Stretch } from '../operation.ts';
import type { Span } from '../tiles.ts';
import { expiryOf, isLive, tileOf } from '../tiles.ts';

/**
 * An aggregate per key: one state of it for each, ascending by key, with the time at which the key was used last.
 * Twice as many keys are kept as can be answered; beyond that the least recently used goes, of equals the last in
 * the alphabet. Until then the state is a function of the set of samples. What was lost with a key is not
 * remembered when it comes back, so from then on the answer is flagged, until the newest lost sample has left the
 * window: the row of the empty text, which is no key, keeps the time of it.
 */
export type KeyedRow = [key: string, used: EpochMs, state: unknown[]];

export interface KeyedOptions extends OperationOptions {
  /** The largest values first, or the keys used last. */
  readonly order: 'value' | 'recency';
  /** Values of 0 mean that nothing counts any more: true for counts and sums. */
  readonly hidesZero: boolean;
  /** Values that are no numbers say nothing, not even that their key was used. */
  readonly numeric: boolean;
}

/** No key can be the empty text. */
const DROPPED = '';

function markDropped(rows: KeyedRow[], used: EpochMs): void {
  const [first] = rows;
  if (first?.[0] !== DROPPED) rows.unshift([DROPPED, used, []]);
  else if (first[1] < used) first[1] = used;
}

function isStale(a: KeyedRow, b: KeyedRow): boolean {
  return a[1] !== b[1] ? a[1] < b[1] : a[0] > b[0];
}

function dropExcess(rows: KeyedRow[]): void {
  while (rows.length - (rows[0]?.[0] === DROPPED ? 1 : 0) > 2 * limits.byKeysMax) {
    let oldest: KeyedRow | undefined;
    for (const row of rows)
      if (row[0] !== DROPPED && (oldest === undefined || isStale(row, oldest))) oldest = row;
    if (oldest === undefined) return;
    rows.splice(rows.indexOf(oldest), 1);
    markDropped(rows, oldest[1]);
  }
}

/** What the event says to each key; samples hold keys and values in turn. */
function samplesByKey(sample: Sample, numeric: boolean): Map<string, Sample> {
  const byKey = new Map<string, Scalar[]>();
  for (let index = 0; index < sample.values.length; index += 2) {
    const key = String(sample.values[index]);
    const value = sample.values[index + 1] ?? null;
    if (key === DROPPED || (numeric && typeof value !== 'number')) continue;
    const values = byKey.get(key);
    if (values === undefined) byKey.set(key, [value]);
    else values.push(value);
  }
  const samples = new Map<string, Sample>();
  for (const [key, values] of byKey) {
    samples.set(key, { time: sample.time, tie: sample.tie, currency: sample.currency, values });
  }
  return samples;
}

interface Shown {
  readonly key: string;
  readonly used: EpochMs;
  readonly reading: Reading;
  readonly size: number;
}

function byValue(a: Shown, b: Shown): number {
  return b.size - a.size || byRecency(a, b);
}

function byRecency(a: Shown, b: Shown): number {
  return b.used - a.used || (a.key < b.key ? -1 : 1);
}

function isShown({ hidesZero }: KeyedOptions, { value, unconverted }: Reading): boolean {
  if (unconverted !== undefined) return true;
  return value !== null && !(hidesZero && Number(value) === 0);
}

function sizeOf(value: JsonValue): number {
  const size = typeof value === 'boolean' || value === null ? Number.NaN : Number(value);
  return Number.isNaN(size) ? Number.NEGATIVE_INFINITY : size;
}

/** Other currencies have the key behind them: `USD women/tops`. */
function assemble(shown: readonly Shown[]): Reading {
  const value = Object.fromEntries(shown.map(({ key, reading }) => [key, reading.value]));
  const currency = shown.find(({ reading }) => reading.currency !== undefined)?.reading.currency;
  if (currency === undefined) return { value };
  const others = shown.flatMap(({ key, reading }) =>
    Object.entries(reading.unconverted ?? {}).map(([code, text]): [string, string] => [
      `${code} ${key}`,
      text,
    ]),
  );
  return others.length === 0
    ? { value, currency }
    : { value, currency, unconverted: Object.fromEntries(others) };
}

/** When the first key leaves the window, or its value changes. */
function firstChange(
  rows: readonly KeyedRow[],
  { inner, span, now }: { readonly inner: Operation; readonly span: Span; readonly now: EpochMs },
): EpochMs {
  let at = Number.POSITIVE_INFINITY;
  for (const [, used, state] of rows) {
    const tile = tileOf(span, used);
    if (!isLive(span, tile, now)) continue;
    at = Math.min(at, expiryOf(span, tile), inner.changesAt?.(state, now) ?? at);
  }
  return at;
}

/** The aggregate `inner` per key: an object from key to value, as many as the limit says. */
export function createKeyed(inner: Operation, options: KeyedOptions): Operation<KeyedRow[]> {
  const { span, limit, order } = options;
  const prune = (rows: KeyedRow[], now: EpochMs): void => {
    let kept = 0;
    for (const row of rows) if (isLive(span, tileOf(span, row[1]), now)) rows[kept++] = row;
    rows.length = kept;
  };
  return {
    empty: () => [],
    add(rows, sample, now) {
      if (!isLive(span, tileOf(span, sample.time), now)) return;
      for (const [key, own] of samplesByKey(sample, options.numeric)) {
        const index = searchKey(rows, key);
        const found = rows[index];
        if (found !== undefined && found[0] === key) {
          inner.add(found[2], own, now);
          if (found[1] < own.time) found[1] = own.time;
          continue;
        }
        const state = inner.empty();
        inner.add(state, own, now);
        if (state.length === 0) continue;
        rows.splice(index, 0, [key, own.time, state]);
        prune(rows, now);
        dropExcess(rows);
      }
    },
    merge(a, b) {
      const merged = a.map(([key, used, state]): KeyedRow => [key, used, inner.merge(inner.empty(), state)]);
      for (const [key, used, state] of b) {
        const index = searchKey(merged, key);
        const found = merged[index];
        if (key === DROPPED) markDropped(merged, used);
        else if (found === undefined || found[0] !== key)
          merged.splice(index, 0, [key, used, inner.merge(inner.empty(), state)]);
        else merged[index] = [key, Math.max(found[1], used), inner.merge(found[2], state)];
      }
      return merged;
    },
    bound(rows, now) {
      prune(rows, now);
      for (const row of rows) inner.bound?.(row[2], now);
      dropExcess(rows);
    },
    changesAt: (rows, now) => firstChange(rows, { inner, span, now }),
    read(rows, now, stretch?: Stretch) {
      const shown: Shown[] = [];
      let approximate = false;
      for (const [key, used, state] of rows) {
        if (!isLive(span, tileOf(span, used), now)) continue;
        if (key === DROPPED) {
          approximate = true;
          continue;
        }
        const reading = inner.read(state, now, stretch);
        if (isShown(options, reading)) shown.push({ key, used, reading, size: sizeOf(reading.value) });
      }
      shown.sort(order === 'value' ? byValue : byRecency);
      const reading = assemble(shown.slice(0, limit));
      return approximate ? { ...reading, approximate } : reading;
    },
  };
}
