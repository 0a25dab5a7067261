import { describe, expect, it } from 'vitest';
import { compileFeatures } from '../../../src/features/compile.ts';
import { expandDefinitions } from '../../../src/features/expand.ts';
import { readFeature } from '../../../src/features/read.ts';
import { addEvent } from '../../../src/features/update.ts';
import type { JsonObject, JsonValue } from '../../../src/model/json.ts';
import type { Facet } from '../../../src/model/profile.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import { fromTheStart } from '../../oracle/definitions.ts';

const NOW = Date.UTC(2026, 5, 1);
const on = ['product_added', 'product_removed', 'cart_viewed', 'order_placed', 'order_completed'];
const set = compileFeatures(
  fromTheStart(expandDefinitions([{ name: 'cart', on, aggregate: 'cart', window: '30d' }])),
  {
    reportingCurrency: 'CNY',
  },
);

type Step = readonly [type: string, properties: JsonObject];

/** The cart after the steps, one second apart, whatever order they arrive in. */
function cartAfter(steps: readonly Step[], later = 0): JsonValue | undefined {
  const read = (all: readonly (readonly [Step, number])[]): JsonValue | undefined => {
    const maps = { aggregates: new Map(), orders: new Map(), traits: new Map(), consents: new Map() };
    const facet: Facet = { id: 'f', epoch: 0, events: 0, first: 0, last: 0, dedupDays: [], ...maps };
    for (const [[type, properties], index] of all) {
      const at = { time: NOW + index * 1_000, receivedAt: NOW + 60_000 };
      const from = { source: 's', channel: 'web', claims: [], facet: 'f' };
      addEvent(set, facet, { id: `e-${index}`, type, ...at, ...from, properties }, NOW + 60_000);
    }
    return readFeature(set, 'cart', [facet], NOW + 60_000 + later)?.value;
  };
  const timed = steps.map((step, index) => [step, index] as const);
  const value = read(timed);
  expect(read(timed.toReversed())).toEqual(value);
  return value;
}

const add = (item_id: string, more: JsonObject = {}): Step => ['product_added', { item_id, ...more }];

describe('the cart', () => {
  it('adds up lines of one product, variant and cart', () => {
    expect(
      cartAfter([
        add('a'),
        add('a', { quantity: 2 }),
        add('a', { variant_id: 'm' }),
        add('a', { cart_id: 'k' }),
      ]),
    ).toEqual([
      { item_id: 'a', quantity: 3 },
      { item_id: 'a', variant_id: 'm', quantity: 1 },
      { item_id: 'a', quantity: 1, cart_id: 'k' },
    ]);
  });

  it('adds decimal quantities exactly', () => {
    expect(cartAfter([add('a', { quantity: 0.1 }), add('a', { quantity: 0.2 })])).toEqual([
      { item_id: 'a', quantity: 0.3 },
    ]);
  });

  it('gives back as many as were removed, or all without a number', () => {
    const many = add('a', { quantity: 5 });
    expect(cartAfter([many, ['product_removed', { item_id: 'a', quantity: 2 }]])).toEqual([
      { item_id: 'a', quantity: 3 },
    ]);
    expect(cartAfter([many, ['product_removed', { item_id: 'a' }]])).toEqual([]);
  });

  it('closes by the id of the cart', () => {
    expect(
      cartAfter([
        add('a', { cart_id: 'k' }),
        add('b', { cart_id: 'j' }),
        ['order_completed', { cart_id: 'k' }],
      ]),
    ).toEqual([{ item_id: 'b', quantity: 1, cart_id: 'j' }]);
  });

  it('loses what any channel sold, also where the till names the variant only', () => {
    const sale: Step = ['order_completed', { products: [{ item_id: 'a' }, { variant_id: 'm' }] }];
    expect(cartAfter([add('a', { cart_id: 'k' }), add('b', { variant_id: 'm' }), add('c'), sale])).toEqual([
      { item_id: 'c', quantity: 1 },
    ]);
  });

  it('is what a view lists, empty when it lists nothing, and unchanged when it says nothing', () => {
    const listed: Step = ['cart_viewed', { products: [{ item_id: 'z', quantity: 2 }] }];
    expect(cartAfter([add('a'), listed])).toEqual([{ item_id: 'z', quantity: 2 }]);
    expect(cartAfter([add('a'), ['cart_viewed', { products: [] }]])).toEqual([]);
    expect(cartAfter([add('a'), ['cart_viewed', {}]])).toEqual([{ item_id: 'a', quantity: 1 }]);
  });

  it('forgets what has left its window', () => {
    expect(cartAfter([add('a')], 31 * DAY_MS)).toEqual([]);
  });
});
