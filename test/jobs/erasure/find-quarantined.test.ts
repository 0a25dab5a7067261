import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textsIn } from '../../../src/jobs/erasure/find-quarantined.ts';

describe('what stands in a kept event', () => {
  it('is every text of it, however the event was wrapped', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9@._ é张-]{3,40}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), word, (values, quoted) => {
        const identifiers = Object.fromEntries(values.map((value, n) => [`type_${n}`, value]));
        const text = JSON.stringify({ id: 'e-1', identifiers, properties: { said: `"${quoted}"` } });
        const kept = JSON.stringify({ dialect: 'canonical', path: '/v1/events', envelope: {}, text });
        expect(textsIn(kept)).toEqual(expect.arrayContaining([...values, quoted]));
      }),
    );
  });

  it('is what a longer number is, quoted or not', () => {
    const text = JSON.stringify({ identifiers: { phone: 13_900_001_111, card: '77001' } });
    expect(textsIn(JSON.stringify({ text }))).toEqual(expect.arrayContaining(['13900001111', '77001']));
  });

  it('is what escapes stand for', () => {
    const text = '{"identifiers":{"user_id":"\\u5f20\\u4e09\\u4e30","member_id":"a\\/b\\/c"}}';
    expect(textsIn(JSON.stringify({ text }))).toEqual(expect.arrayContaining(['张三丰', 'a/b/c']));
  });

  it('does not fail on what is no JSON', () => {
    expect(textsIn('"a \\x \\"abc\\" b"')).toContain('abc');
  });
});
