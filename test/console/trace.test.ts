import { describe, expect, it } from 'vitest';
import { isGrowing, stepsOf, type Trace } from '../../src/console/debug/trace.ts';

describe('the times of an event', () => {
  it('are told in the order in which they happen, each with the time since the one before', () => {
    const steps = stepsOf({
      in_history: 1_900,
      applied: 1_003,
      appended: 1_001,
      received: 1_000,
      event: 400,
    });
    expect(steps).toEqual([
      { name: 'event', at: 400 },
      { name: 'received', at: 1_000, afterMs: 600 },
      { name: 'appended', at: 1_001, afterMs: 1 },
      { name: 'applied', at: 1_003, afterMs: 2 },
      { name: 'in_history', at: 1_900, afterMs: 897 },
    ]);
  });

  it('leave out what nobody knows, and say so when a sender’s clock is ahead', () => {
    expect(stepsOf({ event: 2_000, received: 1_500, appended: null, applied: 1_600 })).toEqual([
      { name: 'event', at: 2_000 },
      { name: 'received', at: 1_500, afterMs: -500 },
      { name: 'applied', at: 1_600, afterMs: 100 },
    ]);
    expect(stepsOf({})).toEqual([]);
  });
});

describe('what is known of an event', () => {
  const trace: Trace = {
    source: 'web',
    type: 'product_viewed',
    channel: 'web',
    status: 'applied',
    times: {},
  };

  it('becomes more as long as history does not have what it will have', () => {
    expect(isGrowing({ ...trace, history: { present: false } })).toBe(true);
    expect(isGrowing({ ...trace, status: 'quarantined', history: { present: false } })).toBe(true);
    expect(isGrowing({ ...trace, history: { present: true } })).toBe(false);
    for (const status of ['duplicate', 'refused', 'rejected'])
      expect(isGrowing({ ...trace, status, history: { present: false } })).toBe(false);
    expect(isGrowing(trace)).toBe(false);
  });
});
