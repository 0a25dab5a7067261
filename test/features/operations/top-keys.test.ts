import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/features/operation.ts';
import { createTopKeys, type TopKeyRow } from '../../../src/features/operations/top-keys.ts';
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
  { top, state }: { readonly top: Operation<TopKeyRow[]>; readonly state: TopKeyRow[] },
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
    expect(whole.length).toBeLessThanOrEqual(limits.topKeysMax + 1);
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
