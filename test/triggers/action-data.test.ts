import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { compileActionData } from '../../src/triggers/action-data.ts';
import { eventOf } from '../support/fold-world.ts';

const values: Readonly<Record<string, JsonObject | string>> = { cart: { lines: 2 }, size: 'M' };
const lookup = { feature: (name: string) => values[name] };
const event = eventOf('e1', ['a1'], {
  properties: { store: 'SH-1', phone: { $sealed: 'x' }, theme: 'size' },
});

function dataOf(data: JsonObject, of = event): JsonObject {
  return compileActionData(data, { features: new Set(['cart', 'size', 'none']) })(of, lookup);
}

describe('what goes along with a decision', () => {
  it('is what its author wrote, with features and the event as they are then', () => {
    expect(
      dataOf({
        title: 'Hi',
        cart: { feature: 'cart' },
        where: { store: { event: 'properties.store' }, sizes: [{ feature: 'size' }, 'L'] },
      }),
    ).toEqual({ title: 'Hi', cart: { lines: 2 }, where: { store: 'SH-1', sizes: ['M', 'L'] } });
  });

  it('leaves out what is not known, and what is sealed', () => {
    const asked = {
      a: { feature: 'none' },
      b: { event: 'properties.gone' },
      c: { event: 'properties.phone' },
    };
    expect(dataOf({ ...asked, d: 1 })).toEqual({ d: 1 });
    expect(compileActionData({ a: { event: 'properties.store' } }, {})(undefined, lookup)).toEqual({});
  });

  it('leaves out what lies sealed within what it asks for', () => {
    const sealed = { $sealed: 'v1.f.x', kind: 'name' };
    const properties = {
      buyer: { name: sealed, tier: 'gold', children: [{ name: sealed }, { size: 'S' }] },
      mails: [sealed, 'plain'],
    };
    const asked = { buyer: { event: 'properties.buyer' }, mails: { event: 'properties.mails' } };
    expect(dataOf(asked, eventOf('e1', ['a1'], { properties }))).toEqual({
      buyer: { tier: 'gold', children: [{}, { size: 'S' }] },
      mails: ['plain'],
    });
  });

  it('takes an object that has more than one of the words for what it is', () => {
    const plain = { item: { feature: 'cart', color: 'red' }, other: { feature: 7 } };
    expect(dataOf(plain)).toEqual(plain);
  });

  it.each([
    [{ a: { feature: 'crat' } }, /^\/action\/data\/a\/feature: .*crat/],
    [{ a: [{ event: 'nowhere.at.all' }] }, /^\/action\/data\/a\/0\/event: /],
  ])('refuses what is in force nowhere: %j', (data, place) => {
    expect(() => dataOf(data as JsonObject)).toThrow(place);
  });
});
