import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAccessSecret, SECRET_BYTES, writeAccessSecret } from '../../src/model/access-secret.ts';

const secret = fc
  .record({
    kind: fc.constantFrom('write' as const, 'secret' as const),
    bytes: fc.uint8Array({ minLength: SECRET_BYTES, maxLength: SECRET_BYTES }),
  })
  .map(({ kind, bytes }) => writeAccessSecret(kind, bytes));

describe('writeAccessSecret', () => {
  it('writes the text that another implementation of CRC-32 and base 62 gives', () => {
    // Python: zlib.crc32(b'sk_' + body) in the digits 0-9A-Za-z; the body is 2^256 - 1.
    const text = writeAccessSecret('secret', new Uint8Array(SECRET_BYTES).fill(0xff));
    expect(text).toBe('sk_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp11IM8Ve');
  });

  it('writes a text of the form that is known for a key, as long for every number', () => {
    fc.assert(
      fc.property(secret, (text) => {
        expect(text).toHaveLength(52);
        expect(isAccessSecret(text)).toBe(true);
      }),
    );
  });

  it('writes other texts for other bytes', () => {
    const zero = new Uint8Array(SECRET_BYTES);
    const one = Uint8Array.from(zero);
    one[SECRET_BYTES - 1] = 1;
    expect(writeAccessSecret('write', zero)).not.toBe(writeAccessSecret('write', one));
    expect(writeAccessSecret('write', zero)).not.toBe(writeAccessSecret('secret', zero));
  });
});

describe('isAccessSecret', () => {
  it('finds every character that was mistyped', () => {
    const digit = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
    fc.assert(
      fc.property(secret, fc.nat(48), digit, (text, at, typed) => {
        const place = 3 + at;
        fc.pre(text[place] !== typed);
        expect(isAccessSecret(text.slice(0, place) + typed + text.slice(place + 1))).toBe(false);
      }),
    );
  });

  it.each(['', 'sk_', `sk_${'0'.repeat(49)}`, `xk_${'0'.repeat(49)}`, `sk_${'-'.repeat(49)}`])(
    'takes %s for none',
    (text) => expect(isAccessSecret(text)).toBe(false),
  );
});
