import { describe, expect, it } from 'vitest';
import { createDecayedSum } from '../../../src/features/operations/decayed-sum.ts';
import { DAY_MS, HOUR_MS } from '../../../src/model/time.ts';
import { fold, NOW, optionsFor, type Said, seeded } from './samples.ts';

const HALF_LIFE = 7 * DAY_MS;

function said(count: number): Said[] {
  const random = seeded(7);
  return Array.from({ length: count }, () => ({
    value: Math.round((random() - 0.3) * 9_000) / 100,
    time: NOW - Math.floor(random() * 60 * DAY_MS),
  }));
}

describe('a decayed sum', () => {
  const decayed = createDecayedSum(optionsFor('lifetime'), HALF_LIFE);

  it('halves with every half-life and decays by exact times', () => {
    const state = fold(decayed, [{ value: 8, time: NOW }]);
    expect(decayed.read(state, NOW).value).toBeCloseTo(8, 4);
    expect(decayed.read(state, NOW + HALF_LIFE).value).toBeCloseTo(4, 4);
    expect(decayed.read(state, NOW + HOUR_MS).value).toBeCloseTo(8 * 2 ** -(1 / 168), 4);
  });

  it('errs by at most half a ten-thousandth for each value', () => {
    const all = said(500);
    for (const now of [NOW, NOW + 3 * DAY_MS]) {
      const wanted = all.reduce(
        (sum, { value, time }) => sum + Number(value) * 2 ** ((time - now) / HALF_LIFE),
        0,
      );
      const error = Math.abs(Number(decayed.read(fold(decayed, all), now).value) - wanted);
      expect(error).toBeLessThan(500 * 0.000_05);
    }
  });

  it('is the same state, and so the same number, for any order', () => {
    const all = said(300);
    const state = fold(decayed, all);
    expect(fold(decayed, all.toReversed())).toEqual(state);
    expect(decayed.merge(fold(decayed, all.slice(100)), fold(decayed, all.slice(0, 100)))).toEqual(state);
  });

  it('forgets what weighs nothing, so that a lifetime stays small', () => {
    const state = decayed.empty();
    for (let day = 0; day < 1_000; day += 1) {
      const time = day * DAY_MS;
      decayed.add(state, { time, tie: 's\0x', currency: '', values: [1] }, time);
    }
    expect(state.length).toBeLessThanOrEqual(33);
    // 1 ÷ (1 − 2^(−1/7)): all days there ever were.
    expect(decayed.read(state, 999 * DAY_MS).value).toBeCloseTo(1 / (1 - 2 ** (-1 / 7)), 3);
  });
});
