import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { Pace } from '../../src/background/pace.ts';
import { limits } from '../../src/limits.ts';

describe('a pace', () => {
  it('is due once a slice is over, and begins anew after the rest', async () => {
    const clock = createManualClock(1_000);
    const pace = new Pace(clock, new AbortController().signal);
    clock.advance(limits.backgroundSliceMs - 1);
    expect(pace.isDue()).toBe(false);
    clock.advance(1);
    expect(pace.isDue()).toBe(true);
    await pace.rest();
    expect(pace.isDue()).toBe(false);
  });

  it('is due when the clock was set back', () => {
    const clock = createManualClock(1_000);
    const pace = new Pace(clock, new AbortController().signal);
    clock.set(0);
    expect(pace.isDue()).toBe(true);
  });

  it('rests as long as the work took', async () => {
    const pace = new Pace(createManualClock(0), new AbortController().signal);
    const rested: string[] = [];
    await Promise.all([
      pace.restAfter(200).then(() => rested.push('after long work')),
      pace.restAfter(0).then(() => rested.push('after none')),
      pace.rest(100).then(() => rested.push('for a while')),
    ]);
    expect(rested).toEqual(['after none', 'for a while', 'after long work']);
  });

  it('ends the work when nobody waits for it any more, before a rest and after it', async () => {
    const aborting = new AbortController();
    const pace = new Pace(createManualClock(0), aborting.signal);
    pace.check();
    const resting = pace.rest();
    aborting.abort();
    await expect(resting).rejects.toMatchObject({ code: 'stopping' });
    await expect(pace.rest()).rejects.toMatchObject({ code: 'stopping' });
    expect(() => pace.check()).toThrow(expect.objectContaining({ code: 'stopping' }));
  });
});
