import fc from 'fast-check';
import { expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Principal } from '../../src/serve/authenticate.ts';
import { RefusedBodies } from '../../src/serve/refused-bodies.ts';

const page: Principal = { kind: 'write', name: 'page', scopes: new Set(['ingest']), origins: 'any' };
const other: Principal = { ...page, name: 'other' };
const till: Principal = { ...page, kind: 'secret', name: 'till' };
const LARGE = limits.bodyUncountedBytes + 1;

function scene() {
  let now = 0;
  const refused = new RefusedBodies(() => now);
  return {
    refused,
    pass: (ms: number) => {
      now += ms;
    },
    isTaken(sender: Principal | undefined, bytes: number | undefined): boolean {
      try {
        refused.admit(sender, bytes);
        return true;
      } catch {
        return false;
      }
    },
  };
}

it('refuses large bodies of a write key of which too much was refused, and none but those', () => {
  const { refused, isTaken } = scene();
  refused.charge(page, limits.refusedBytesForgiven);
  expect(isTaken(page, LARGE)).toBe(true);
  refused.charge(page, 1_000);
  expect(isTaken(page, LARGE)).toBe(false);
  expect(isTaken(page, undefined)).toBe(false);
  expect(isTaken(page, limits.bodyUncountedBytes)).toBe(true);
  expect(isTaken(other, LARGE)).toBe(true);
  expect(isTaken(undefined, LARGE)).toBe(true);
});

it('says when to come back, and takes what comes then', () => {
  const { refused, pass, isTaken } = scene();
  refused.charge(page, limits.refusedBytesForgiven + limits.refusedBytesPerSecond * 2);
  expect(() => refused.admit(page, LARGE)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 2_000 }),
  );
  pass(1_999);
  expect(isTaken(page, LARGE)).toBe(false);
  pass(1);
  expect(isTaken(page, LARGE)).toBe(true);
});

it('never holds up a secret key', () => {
  const { refused, isTaken } = scene();
  refused.charge(till, limits.refusedBytesForgiven * 10);
  expect(isTaken(till, LARGE)).toBe(true);
});

it('holds those up together who say only in the body who they are', () => {
  const { refused, isTaken } = scene();
  refused.charge(undefined, limits.refusedBytesForgiven + 1_000);
  expect(isTaken(undefined, LARGE)).toBe(false);
  expect(isTaken(page, LARGE)).toBe(true);
});

it('forgets every debt in a bounded time, and lets nobody send more for nothing than is forgiven', () => {
  const charges = fc.array(fc.tuple(fc.nat(60_000), fc.nat(limits.inflatedBytesMax)), { maxLength: 50 });
  fc.assert(
    fc.property(charges, (steps) => {
      const { refused, pass, isTaken } = scene();
      let elapsed = 0;
      let forNothing = 0;
      for (const [ms, bytes] of steps) {
        pass(ms);
        elapsed += ms;
        if (!isTaken(page, LARGE)) continue;
        refused.charge(page, bytes);
        forNothing += bytes;
        const allowed = limits.refusedBytesForgiven + (elapsed / 1000) * limits.refusedBytesPerSecond;
        // The last one is known to be too much only when it has been read.
        expect(forNothing).toBeLessThanOrEqual(allowed + bytes + 1);
      }
      pass(((limits.inflatedBytesMax + limits.refusedBytesForgiven) / limits.refusedBytesPerSecond) * 1000);
      expect(isTaken(page, LARGE)).toBe(true);
    }),
  );
});
