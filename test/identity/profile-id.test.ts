import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileIdOf } from '../../src/identity/profile-id.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

const idAt = (seq: number, now: number, ordinal = 0, space = 's') =>
  profileIdOf(recordingContext(new MapView(), { seq, now }), space, ordinal);

describe('a profile id', () => {
  it('is a uuid of version 7 whose first 48 bits are the append time', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 2 ** 45 }), (seq, now) => {
        const id = idAt(seq, now);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(now);
        expect(idAt(seq, now)).toBe(id);
      }),
    );
  });

  it('differs by position, ordinal and space', () => {
    const ids = [idAt(1, 5), idAt(2, 5), idAt(1, 5, 1), idAt(1, 5, 0, 'other')];
    expect(new Set(ids).size).toBe(4);
  });
});
