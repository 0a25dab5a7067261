import { expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/embedded/system-clock.ts';

it('tells the time in epoch milliseconds', () => {
  const before = performance.timeOrigin;
  expect(createSystemClock().now()).toBeGreaterThanOrEqual(Math.floor(before));
});
