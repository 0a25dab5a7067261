import { describe, expect, it } from 'vitest';
import { selectFields } from '../../src/serve/profile-fields.ts';
import { ALICE, profile } from './fakes.ts';

const alice = profile(ALICE, { reveal: false });

describe('selectFields', () => {
  it('answers the whole profile when nothing is named', () => {
    expect(selectFields(alice, undefined)).toEqual(alice);
  });

  it('answers parts, entries and bare features, always with the id', () => {
    expect(selectFields(alice, 'kind')).toEqual({ profile_id: ALICE, kind: 'customer' });
    expect(selectFields(alice, 'views_1h')).toEqual({ profile_id: ALICE, features: alice.features });
    expect(selectFields(alice, 'traits.size,features.views_1h')).toEqual({
      profile_id: ALICE,
      traits: { size: 'L' },
      features: alice.features,
    });
  });

  it('lets a part win over its own entries, and leaves out a trait that the person lacks', () => {
    expect(selectFields(alice, 'traits.size,traits')).toEqual({ profile_id: ALICE, traits: { size: 'L' } });
    expect(selectFields(alice, 'traits.shoe')).toEqual({ profile_id: ALICE, traits: {} });
  });

  it.each(['nonsense', 'features.nonsense', 'loyalty.points', 'traits.', '', '__proto__', 'constructor'])(
    'refuses the field %j',
    (name) => {
      expect(() => selectFields(alice, name)).toThrowError(
        expect.objectContaining({ code: 'invalid_parameter' }),
      );
    },
  );
});
