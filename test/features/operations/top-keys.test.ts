import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/features/operation.ts';
import { createCount } from '../../../src/features/operations/count.ts';
import { createTopKeys, type TopKeysState } from '../../../src/features/operations/top-keys.ts';
import { compileWindow } from '../../../src/features/window.ts';
import { limits } from '../../../src/limits.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import { fold, NOW, optionsFor, type Said, seeded } from './samples.ts';

/** Keys with frequencies that fall like 1 ÷ rank, in random order. */
function skewed(count: number, seed: number, time: (index: number) => number): Said[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, index) => ({
    value: `key-${Math.floor(2_000 ** random())}`,
    time: time(index),
  }));
}

function countsOf(said: readonly Said[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { value } of said) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  return counts;
}

interface Answered {
  readonly key: string;
  readonly count: number;
}

/** The largest difference between a true count and the answered one, which is 0 for keys that are left out. */
function largestError(
  { top, state }: { readonly top: Operation<TopKeysState>; readonly state: TopKeysState },
  said: readonly Said[],
  now = NOW,
): number {
  const { value, approximate } = top.read(state, now);
  expect(approximate).toBe(true);
  const answered = new Map((value as unknown as readonly Answered[]).map(({ key, count }) => [key, count]));
  const wanted = countsOf(said);
  const keys = new Set([...answered.keys(), ...wanted.keys()]);
  return Math.max(...[...keys].map((key) => Math.abs((answered.get(key) ?? 0) - (wanted.get(key) ?? 0))));
}

describe('top_k beyond its exact keys', () => {
  const all = optionsFor('lifetime', Number.MAX_SAFE_INTEGER);

  it.each([1, 2, 3])('errs by at most one part in 256 of all samples (seed %i)', (seed) => {
    const top = createTopKeys(all);
    const said = skewed(6_000, seed, () => NOW);
    const error = largestError({ top, state: fold(top, said) }, said);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThanOrEqual(said.length / limits.topKeysMax);
  });

  it('errs by no more over the facets of a profile', () => {
    const top = createTopKeys(all);
    const said = skewed(9_000, 4, () => NOW);
    const parts = [0, 1, 2].map((part) =>
      fold(
        top,
        said.filter((_, index) => index % 3 === part),
      ),
    );
    const whole = parts.reduce((a, b) => top.merge(a, b));
    expect(largestError({ top, state: whole }, said)).toBeLessThanOrEqual(said.length / limits.topKeysMax);
    top.bound?.(whole, NOW);
    expect(new Set(whole.filter((_, index) => index % 3 === 0)).size).toBeLessThanOrEqual(
      limits.topKeysMax + 1,
    );
    expect(largestError({ top, state: whole }, said)).toBeLessThanOrEqual(
      (2 * said.length) / limits.topKeysMax,
    );
  });

  it('errs by at most one part in 256 of the last two windows where they slide', () => {
    const window = 30 * DAY_MS;
    const top = createTopKeys(optionsFor('30d', Number.MAX_SAFE_INTEGER));
    const start = NOW - 2 * window;
    const said = skewed(8_000, 5, (index) => start + Math.floor((index * 2 * window) / 8_000));
    const state = top.empty();
    for (const { value, time } of said) {
      top.add(state, { time, tie: `s\0${time}`, currency: '', values: [value] }, time);
    }
    const slice = window / 60;
    const live = said.filter(({ time }) => (Math.floor(time / slice) + 1) * slice > NOW - window);
    expect(largestError({ top, state }, live)).toBeLessThanOrEqual(said.length / limits.topKeysMax);
  });
});

describe('the state of top_k', () => {
  const top = createTopKeys(optionsFor('7d', 5));
  const someSaid = fc.array(
    fc.record({
      value: fc.integer({ min: 0, max: 6 }).map((n) => `key-${n}`),
      time: fc.integer({ min: NOW - 9 * DAY_MS, max: NOW }),
    }),
    { maxLength: 60 },
  );
  const slice = (7 * DAY_MS) / 60;
  const isLive = ({ time }: Said): boolean => (Math.floor(time / slice) + 1) * slice > NOW - 7 * DAY_MS;

  it('counts what counting by hand does, and is one function of the set: in any order, in any parts', () => {
    const property = fc.property(someSaid, fc.integer({ min: 0, max: 60 }), (said, cut) => {
      const state = fold(top, said);
      const byHand = [...countsOf(said.filter(isLive))]
        .map(([key, count]) => ({ key, count }))
        .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
      expect(top.read(state, NOW)).toEqual({ value: byHand.slice(0, 5) });
      expect(fold(top, said.toReversed())).toEqual(state);
      const parts = [fold(top, said.slice(0, cut)), fold(top, said.slice(cut))] as const;
      expect(top.merge(...parts)).toEqual(state);
      expect(top.merge(parts[1], parts[0])).toEqual(state);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is read in the form that it was stored in before it was flat, also within other states', () => {
    const state = fold(top, [
      { value: 'b', time: NOW },
      { value: 'a', time: NOW - DAY_MS },
      { value: 'b', time: NOW - DAY_MS },
      { value: 'b', time: NOW },
    ]);
    const [day, before] = [Math.floor(NOW / slice), Math.floor((NOW - DAY_MS) / slice)];
    const old = [
      ['a', [before, 1]],
      ['b', [before, 1, day, 2]],
    ];
    expect(top.renewed?.(old)).toEqual(state);
    expect(top.renewed?.(state)).toBe(state);
    const stored = [
      ['a', [0, 1]],
      ['b', [0, 2]],
    ];
    const flat = ['a', 0, 1, 'b', 0, 2];
    const zones = { find: () => undefined } as unknown as Parameters<typeof compileWindow>[1];
    const session = compileWindow({ name: 'x', aggregate: 'top_k', window: 'session' }, zones);
    const inner = createTopKeys(optionsFor('lifetime')) as Operation;
    expect(session.around(inner).renewed?.([NOW, NOW, null, NOW, NOW, stored])).toEqual([
      NOW,
      NOW,
      null,
      NOW,
      NOW,
      flat,
    ]);
    expect(session.around(createCount(optionsFor('lifetime')) as Operation).renewed).toBeUndefined();
  });
});
