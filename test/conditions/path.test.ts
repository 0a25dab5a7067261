import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePath, compileValues } from '../../src/conditions/path.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';

function eventWith(properties: JsonObject): Event {
  return {
    id: 'e-1',
    type: 't',
    time: 7,
    receivedAt: 7,
    source: 's',
    channel: 'c',
    claims: [],
    facet: 'f',
    properties,
    context: { campaign: { name: 'spring' } },
    order: {
      namespace: 'n',
      order_id: 'o',
      transition: 'completed',
      refund_id: '',
      ledger: true,
      total: 5,
      spend: 4,
      refund: 0,
      total_only: false,
    },
  };
}

describe('a path', () => {
  it('reads each root', () => {
    const event = eventWith({ a: { b: 1 } });
    const read = (path: string): unknown => compilePath(path)(event);
    expect(['id', 'type', 'source', 'channel', 'time', 'currency'].map(read)).toEqual([
      'e-1',
      't',
      's',
      'c',
      7,
      undefined,
    ]);
    expect(read('properties.a.b')).toBe(1);
    expect(read('context.campaign.name')).toBe('spring');
    expect(read('order.spend')).toBe(4);
    expect(read('traits.city')).toBeUndefined();
  });

  it('expands lists, nested ones too, and keeps their order', () => {
    const event = eventWith({
      products: [{ tags: ['a', 'b'], item_id: 'i1' }, 5, { item_id: 'i2', tags: [] }, { tags: ['c'] }],
    });
    expect(compileValues('properties.products[].item_id')(event)).toEqual(['i1', 'i2']);
    expect(compileValues('properties.products[].tags[]')(event)).toEqual(['a', 'b', 'c']);
    expect(compileValues('properties.none[].tags')(event)).toEqual([]);
    expect(compileValues('properties.products')(event)).toHaveLength(1);
  });

  it('never answers what is inherited or sealed', () => {
    const event = eventWith({ email: { $sealed: 'x', hint: 'y' } });
    for (const path of [
      'properties.toString',
      'properties.__proto__',
      'properties.hasOwnProperty',
      'properties.email.hint',
    ]) {
      expect(compilePath(path)(event)).toBeUndefined();
    }
  });

  it('finds in any object what plain indexing finds', () => {
    const key = fc
      .string({ minLength: 1, maxLength: 4 })
      .filter((text) => !/[.[\]]/.test(text) && text !== '__proto__');
    const property = fc.property(
      fc.dictionary(key, fc.integer(), { noNullPrototype: true }),
      key,
      (object, name) => {
        const expected = Object.entries(object).find(([known]) => known === name)?.[1];
        expect(compilePath(`properties.${name}`)(eventWith(object))).toBe(expected);
        expect(compilePath(`properties.in.${name}`)(eventWith({ in: object }))).toBe(expected);
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  it.each([
    '',
    'propertie.a',
    'properties',
    'properties.',
    'properties..a',
    'properties.a[0]',
    'properties.[]',
    'order.x',
    'type.x',
  ])('is refused when malformed: "%s"', (path) => {
    expect(() => compileValues(path)).toThrowError(expect.objectContaining({ code: 'invalid_definition' }));
  });

  it('with several values is refused where one is needed', () => {
    expect(() => compilePath('properties.products[].item_id')).toThrowError(/several values/);
  });
});
