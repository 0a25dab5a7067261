import { expect, it } from 'vitest';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';

it('moves only when it is told to', () => {
  const clock = createManualClock(5);
  expect(clock.now()).toBe(5);
  clock.advance(10);
  expect(clock.now()).toBe(15);
  clock.set(3);
  expect(clock.now()).toBe(3);
});
