import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { breakerPause, retryDelay } from '../../src/messages/retry-schedule.ts';

const ids = fc.stringMatching(/^[0-9a-f]{32}$/);

describe('the wait before another attempt', () => {
  it('lies between nothing and a bound that doubles, is the same each time, and heeds the endpoint', () => {
    fc.assert(
      fc.property(
        ids,
        fc.integer({ min: 1, max: 500 }),
        fc.nat(3 * limits.deliveryAgeMs),
        (id, attempts, asked) => {
          const bound = Math.min(limits.deliveryRetryMs * 2 ** (attempts - 1), limits.deliveryRetryMsMax);
          const delay = retryDelay(id, attempts);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(bound);
          expect(retryDelay(id, attempts)).toBe(delay);
          expect(retryDelay(id, attempts, asked)).toBe(
            Math.max(delay, Math.min(asked, limits.deliveryAgeMs)),
          );
        },
      ),
      { seed: 11 },
    );
  });

  it('is spread over the whole bound', () => {
    const delays = Array.from(
      { length: 2_000 },
      (_, n) => retryDelay(`id-${n}`, 20) / limits.deliveryRetryMsMax,
    );
    const tenths = Array.from(
      { length: 10 },
      (_, i) => delays.filter((d) => d >= i / 10 && d < (i + 1) / 10).length,
    );
    // 200 each; five standard deviations are 67.
    for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(67);
  });
});

describe('an endpoint that fails', () => {
  it('is left alone after five failures in a row, longer each time up to a bound', () => {
    expect([1, 2, 3, 4].map(breakerPause)).toEqual([0, 0, 0, 0]);
    expect([5, 6, 7].map(breakerPause)).toEqual([15_000, 30_000, 60_000]);
    expect(breakerPause(100)).toBe(limits.breakerPauseMsMax);
  });
});
