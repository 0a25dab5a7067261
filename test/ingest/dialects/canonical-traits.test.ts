import { describe, expect, it } from 'vitest';
import { canonicalTraits } from '../../../src/ingest/dialects/canonical-traits.ts';

describe('traits that libraries send', () => {
  it('have their canonical names, however they are spelled', () => {
    expect(
      canonicalTraits({
        Email: 'a',
        'E-PHONE': 1,
        PHONE: 'b',
        firstName: 'c',
        LastName: 'd',
        'created-at': 'e',
        UserId: 'f',
      }),
    ).toEqual({
      email: 'a',
      'E-PHONE': 1,
      phone: 'b',
      first_name: 'c',
      last_name: 'd',
      created_at: 'e',
      user_id: 'f',
    });
    expect(canonicalTraits({ 'E-Mail': 'a', Ｐｈｏｎｅ: 'b' })).toEqual({ email: 'a', phone: 'b' });
  });

  it('keep other words for the same, which say nothing of whose they are', () => {
    const traits = { mobile: '1', Mobile: '2', 手机号: '3', workEmail: '4', size: 'XL' };
    expect(canonicalTraits(traits)).toBe(traits);
  });

  it('have the canonical one where several are there, and otherwise the first', () => {
    expect(canonicalTraits({ Email: 'a', email: 'b' })).toEqual({ email: 'b' });
    expect(canonicalTraits({ email: 'b', EMAIL: 'a' })).toEqual({ email: 'b' });
    expect(canonicalTraits({ Email: 'a', EMAIL: 'c' })).toEqual({ email: 'a' });
  });
});
