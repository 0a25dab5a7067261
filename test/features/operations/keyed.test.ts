import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/features/operation.ts';
import { createCount } from '../../../src/features/operations/count.ts';
import { createKeyed } from '../../../src/features/operations/keyed.ts';
import { limits } from '../../../src/limits.ts';
import { DAY_MS, MINUTE_MS } from '../../../src/model/time.ts';
import { NOW, optionsFor } from './samples.ts';

function countsBy(window: string, order: 'value' | 'recency', limit = 3): Operation {
  const options = { ...optionsFor(window, limit), order, hidesZero: true, numeric: false } as const;
  return createKeyed(createCount(options), options);
}

function add(counts: Operation, state: unknown[], uses: readonly (readonly [string, number])[]): void {
  for (const [key, time] of uses)
    counts.add(state, { time, tie: `s\0${key}`, currency: '', values: [key, 1] }, NOW);
}

/** Key after key, each used a minute after the one before it. */
function keys(count: number, start = NOW - DAY_MS): (readonly [string, number])[] {
  return Array.from({ length: count }, (_, index) => [
    `k${String(index).padStart(3, '0')}`,
    start + index * MINUTE_MS,
  ]);
}

const KEPT = 2 * limits.byKeysMax;

describe('an aggregate per key', () => {
  it('answers the keys with the largest values, or those used last', () => {
    const uses = [...keys(4), ['k000', NOW - DAY_MS], ['k001', NOW - DAY_MS]] as const;
    const [byValue, byRecency] = [countsBy('30d', 'value'), countsBy('30d', 'recency')];
    const state: unknown[] = [];
    add(byValue, state, uses);
    expect(byValue.read(state, NOW)).toEqual({ value: { k000: 2, k001: 2, k003: 1 } });
    expect(byRecency.read(state, NOW)).toEqual({ value: { k003: 1, k002: 1, k001: 2 } });
  });

  it('does not depend on order while no key was dropped', () => {
    const counts = countsBy('30d', 'value');
    const [one, other]: [unknown[], unknown[]] = [[], []];
    add(counts, one, keys(KEPT));
    add(counts, other, keys(KEPT).toReversed());
    expect(other).toEqual(one);
    expect(counts.read(one, NOW).approximate).toBeUndefined();
  });

  it('drops the least recently used beyond its bound, flags it, and until it has left the window only', () => {
    const counts = countsBy('30d', 'recency');
    const state: unknown[] = [];
    add(counts, state, [...keys(KEPT), ['k000', NOW], ['new', NOW]]);
    // One row more than keys: the mark.
    expect(state).toHaveLength(KEPT + 1);
    expect(counts.read(state, NOW)).toEqual({ value: { k000: 2, new: 1, k199: 1 }, approximate: true });
    expect(state.map((row) => (row as unknown[])[0])).not.toContain('k001');
    expect(counts.read(state, NOW + 29 * DAY_MS + 12 * 60 * MINUTE_MS).approximate).toBeUndefined();
  });

  it('is bounded when facets are folded, and merging leaves the parts alone', () => {
    const counts = countsBy('30d', 'value');
    const [left, right]: [unknown[], unknown[]] = [[], []];
    add(counts, left, keys(KEPT));
    add(counts, right, [['zzz', NOW], ...keys(1)]);
    const before = structuredClone(left);
    const merged = counts.merge(left, right);
    add(counts, merged, [['k005', NOW]]);
    expect(left).toEqual(before);
    counts.bound?.(merged, NOW);
    expect(merged).toHaveLength(KEPT + 1);
    expect(counts.read(merged, NOW).approximate).toBe(true);
  });

  it('keeps keys that are names of what every object has', () => {
    const counts = countsBy('lifetime', 'value');
    const state: unknown[] = [];
    add(counts, state, [
      ['__proto__', NOW],
      ['constructor', NOW],
      ['', NOW],
    ]);
    expect(Object.entries(counts.read(state, NOW).value as object)).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });
});
