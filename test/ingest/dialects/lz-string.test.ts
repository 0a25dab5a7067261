import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressBytes, decompressUriPart } from '../../../src/ingest/dialects/growingio/lz-string.ts';
import { limits } from '../../../src/limits.ts';
import { compressToBits, toBytes, toUriPart } from './lz-compress.ts';

describe('LZ-string', () => {
  it('gives back every text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '连', '\u00ff', '\u0100'), maxLength: 150 }),
    );
    fc.assert(
      fc.property(text, (sent) => {
        const bits = compressToBits(sent);
        expect(decompressBytes(toBytes(bits))).toBe(sent);
        expect(decompressUriPart(toUriPart(bits))).toBe(sent);
      }),
      { verbose: 1 },
    );
  });

  it('reads what the library itself has written', () => {
    // LZString.compressToEncodedURIComponent and compressToBase64 of "hello" are documented; the alphabets share these letters.
    expect(decompressUriPart('BYUwNmD2Q')).toBe('hello');
  });

  it('calls damaged data unreadable, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decompressBytes(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'unreadable_body' });
        }
      }),
      { verbose: 1 },
    );
    for (const text of ['', '!', 'é']) expect(() => decompressUriPart(text)).toThrow();
  });

  // A text of one unit repeated grows with the square of its codes, each of at most two bytes here.
  const growing = (codes: number): Uint8Array => {
    const bits: number[] = [0, 0, ...Array.from({ length: 8 }, (_, i) => (97 >> i) & 1)];
    for (let size = 4, n = 0; n < codes; n++, size++) {
      const width = 32 - Math.clz32(size);
      for (let i = 0; i < width; i++) bits.push((size >> i) & 1);
    }
    return toBytes(bits);
  };

  it('refuses what would not fit into memory', () => {
    const tooLarge = expect.objectContaining({ code: 'body_too_large' });
    expect(() => decompressBytes(growing(16 * limits.inflateRatioMax))).toThrow(tooLarge);
  });

  it('stops at the size of a body, however much it was compressed', () => {
    // With so many zeros behind it, the ratio alone would let it grow to four times the size.
    const codes = Math.ceil(Math.sqrt(4 * limits.bodyBytesMax));
    const padded = Buffer.concat([growing(codes), Buffer.alloc(limits.bodyBytesMax / 20)]);
    const tooLarge = expect.objectContaining({ code: 'body_too_large' });
    expect(() => decompressBytes(padded)).toThrow(tooLarge);
    // The end is missing, which is noticed only where everything before it was read.
    const within = growing(16 * limits.inflateRatioMax).subarray(0, 100);
    expect(() => decompressBytes(within)).toThrow(expect.objectContaining({ code: 'unreadable_body' }));
  });
});
