import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdSet } from '../../src/model/id-set.ts';

describe('a set of 64-bit ids', () => {
  /** Few enough that many come again, with ids that differ in one word or one byte only. */
  const byte = fc.constantFrom(0, 1, 127, 128, 255);
  const id = fc.array(byte, { minLength: 8, maxLength: 8 }).map((bytes) => String.fromCharCode(...bytes));
  const some = fc.array(id, { maxLength: 400 });

  it('is what a Set of texts is, small and large, before and after it was written', () => {
    const property = fc.property(some, some, (before, after) => {
      const model = new Set(before);
      const set = IdSet.of(before);
      expect([...set]).toEqual([...model]);
      const read = IdSet.fromBytes(set.toBytes());
      for (const each of after) {
        expect(read.has(each)).toBe(model.has(each));
        read.add(each);
        model.add(each);
        expect(read.has(each)).toBe(true);
      }
      expect(read.size).toBe(model.size);
      expect([...read]).toEqual([...model]);
      expect(Buffer.from(read.toBytes()).toString('latin1')).toBe([...model].join(''));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('knows fifty thousand', () => {
    const idOf = (n: number): string => String.fromCharCode(n & 0xff, n >>> 8, 0, 0, n & 0xff, 1, 2, 3);
    const set = IdSet.of(Array.from({ length: 50_000 }, (_, n) => idOf(n)));
    expect(set.size).toBe(50_000);
    expect(set.has(idOf(49_999))).toBe(true);
    expect(set.has(idOf(50_000))).toBe(false);
    expect(IdSet.fromBytes(set.toBytes()).has(idOf(31_415))).toBe(true);
  });

  it('takes nothing that it would have to cut', () => {
    expect(() => IdSet.of(['source\0event-1'])).toThrow('an id has eight characters');
    expect(() => IdSet.of(['short'])).toThrow('an id has eight characters');
  });
});
