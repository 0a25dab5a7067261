import { describe, expect, it } from 'vitest';
import { createRate } from '../../../src/features/operations/rate.ts';
import { DAY_MS, HOUR_MS } from '../../../src/model/time.ts';
import { fold, NOW, optionsFor } from './samples.ts';

const daily = Array.from({ length: 5 }, (_, days) => ({ value: 'x', time: NOW - days * DAY_MS }));

describe('a rate', () => {
  it('is over the whole of a sliding window', () => {
    const rate = createRate(optionsFor('10d'), DAY_MS);
    expect(rate.read(fold(rate, daily), NOW)).toEqual({ value: 0.5 });
    expect(rate.read([], NOW)).toEqual({ value: 0 });
  });

  it('of a lifetime is since the first event, and over one unit at least', () => {
    const rate = createRate(optionsFor('lifetime'), DAY_MS);
    expect(rate.read(fold(rate, daily), NOW)).toEqual({ value: 5 / 4 });
    expect(rate.read(fold(rate, daily.slice(0, 1)), NOW + HOUR_MS)).toEqual({ value: 1 });
  });

  it('of a calendar unit or a session is over what has passed of it', () => {
    const rate = createRate(optionsFor('lifetime'), HOUR_MS);
    const stretch = { from: NOW - 10 * HOUR_MS, to: NOW };
    expect(rate.read(fold(rate, daily.slice(0, 1)), NOW, stretch)).toEqual({ value: 0.1 });
  });
});
