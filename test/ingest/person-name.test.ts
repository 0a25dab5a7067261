import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNameReader } from '../../src/ingest/person-name.ts';
import type { JsonObject } from '../../src/model/json.ts';

const key = new Uint8Array(32).fill(7);
const read = createNameReader(key, (value) => value === 'guest');
const name = (value: string): string | undefined => read({ name: value });

describe('the blind index of a name', () => {
  it('is 22 characters that tell nothing without the key', () => {
    expect(name('Ann Zhao')).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(createNameReader(new Uint8Array(32), () => false)({ name: 'Ann Zhao' })).not.toBe(
      name('Ann Zhao'),
    );
  });

  it.each([
    ['  ann   ZHAO ', 'Ann Zhao'],
    ['Ａｎｎ Ｚｈａｏ', 'Ann Zhao'],
    ['Zoe\u0301', 'Zo\u00e9'],
    ['张 小明', '张小明'],
    ['张\u3000小明', '张小明'],
  ])('is the same for %j and %j', (one, other) => {
    expect(name(one)).toBe(name(other));
    expect(name(one)).toBeDefined();
  });

  it('differs for other names', () => {
    expect(new Set(['Ann Zhao', 'Ann Zhou', 'AnnZhao', '张小明', '张小名'].map(name)).size).toBe(5);
  });

  it('is put together of two parts, in the order of the language', () => {
    expect(read({ first_name: 'Ann', last_name: 'Zhao' })).toBe(name('Ann Zhao'));
    expect(read({ firstName: '小明', lastName: '张' })).toBe(name('张小明'));
    expect(read({ name: ' ', full_name: 'Ann Zhao' })).toBe(name('Ann Zhao'));
  });

  it.each<JsonObject>([
    {},
    { city: 'Shanghai' },
    { first_name: 'Ann' },
    { last_name: 'Zhao' },
    { nickname: 'Ann Zhao' },
    { name: 7 },
    { name: { first: 'Ann' } },
    { name: '' },
    { name: ' \n' },
    { name: 'Guest' },
    { name: '张*' },
    { name: '张**' },
    { name: '张先生' },
    { name: 'x'.repeat(10_240) },
  ])('is absent where there is no name that could tell two people apart: %j', (traits) => {
    expect(read(traits)).toBeUndefined();
  });

  it('never throws and stays as it is when the name is written again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(name(` ${text}  `)).toBe(name(text));
      }),
    );
  });
});
