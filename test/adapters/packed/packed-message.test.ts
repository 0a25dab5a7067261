import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedBytes, packMessage, unpackMessage } from '../../../src/adapters/packed/packed-message.ts';
import { TesseraError } from '../../../src/errors.ts';

const records = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 });
const header = fc.record({
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  appendedAt: fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
  offset: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  previousDigest: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

describe('a packed message', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(header, records, (of, contents) => {
        const { packed, message } = packMessage(of, contents);
        const stored = unpackMessage(packed, of.seq);
        expect(stored.header).toEqual(of);
        expect({ ...stored.message, records: [] }).toEqual({ ...message, records: [] });
        expect(stored.message.records.map((record) => [...record])).toEqual(
          contents.map((record) => [...record]),
        );
        const payload = contents.reduce((sum, record) => sum + record.byteLength, 0);
        expect(stored.bytes).toBe(packedBytes(contents.length, payload));
      }),
    );
  });

  it('is refused with log_corrupt when any bit of it changed', () => {
    fc.assert(
      fc.property(header, records, fc.nat(), fc.nat(7), (of, contents, place, bit) => {
        const { packed } = packMessage(of, contents);
        const at = place % packed.byteLength;
        packed.writeUInt8(packed.readUInt8(at) ^ (1 << bit), at);
        expect(codeOf(() => unpackMessage(packed, of.seq))).toBe('log_corrupt');
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when it was cut off or lengthened anywhere', () => {
    fc.assert(
      fc.property(header, records, fc.nat(), (of, contents, place) => {
        const { packed } = packMessage(of, contents);
        expect(codeOf(() => unpackMessage(packed.subarray(0, place % packed.byteLength), of.seq))).toBe(
          'log_corrupt',
        );
        expect(codeOf(() => unpackMessage(Buffer.concat([packed, Buffer.alloc(1)]), of.seq))).toBe(
          'log_corrupt',
        );
      }),
    );
  });

  it('is refused in the place of another', () => {
    const { packed } = packMessage({ seq: 7, appendedAt: 0, offset: 0, previousDigest: 0 }, [
      Buffer.from('a'),
    ]);
    expect(codeOf(() => unpackMessage(packed, 8))).toBe('log_corrupt');
  });
});

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof TesseraError ? error.code : String(error);
  }
}
