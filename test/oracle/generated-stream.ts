import fc from 'fast-check';
import type { Event, OrderTransition } from '../../src/model/event.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import type { Kept } from './naive-features.ts';

/** Streams of retail events in which everything that can collide does: times, items, orders, carts, facets. */
export const START = Date.UTC(2026, 0, 10);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const item = fc.constantFrom('i1', 'i2', 'i3', 'i4', 'i5', 'i6');
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

/**
 * Ages before the newest moment: bursts of equal times, tile edges, and everything up to eleven months. Together
 * with the delays that stays under the 400 days after which order facts fold, which is a bound of its own.
 */
const age = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, HOUR) },
  { weight: 1, arbitrary: fc.constantFrom(MINUTE, HOUR + 1, 2 * HOUR, DAY, 7 * DAY, 30 * DAY, 330 * DAY) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * HOUR }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 * DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 330 * DAY }) },
);

/** How long it takes to arrive: at once, late, or with the next nightly file. */
const delay = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 5 * MINUTE }),
  fc.integer({ min: 0, max: 2 * DAY }),
  fc.integer({ min: 0, max: 60 * DAY }),
);

const view = fc
  .record({
    item_id: fc.oneof({ weight: 7, arbitrary: item }, { weight: 1, arbitrary: fc.constantFrom('', ' ') }),
    category: optional(fc.constantFrom('women/plus-size/dresses', 'women/tops', 'men', '')),
    brand: optional(fc.constantFrom('Lumen', 'Aster', 'Brook', '')),
    price: fc.integer({ min: -5, max: 900 }),
    seconds: optional(fc.constantFrom(0.5, 1.25, 3, 0.1, 7.3333, -2)),
    tags: optional(fc.array(fc.constantFrom('a', 'b', 'c', '\t'), { maxLength: 3 })),
    timezone: optional(fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Nowhere/At_All')),
  })
  .map(({ timezone, ...properties }) => ({
    type: 'product_viewed',
    properties,
    ...(timezone === undefined ? {} : { context: { timezone } }),
  }));

/** Some lines name the variant only, as tills do. */
const product = fc.oneof(
  { weight: 4, arbitrary: fc.record({ item_id: item, variant_id: optional(fc.constantFrom('s', 'm')) }) },
  {
    weight: 1,
    arbitrary: fc.record({ item_id: fc.constant(undefined), variant_id: fc.constantFrom('s', 'm') }),
  },
);

const details = fc.record({
  quantity: fc.constantFrom(1, 2, 0.5),
  category: fc.constantFrom('c1', 'c2', 'c3', '\u00a0'),
});

const line = fc.tuple(product, details).map(([named, rest]) => ({ ...named, ...rest }));

const carting = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('product_added', 'product_added', 'product_removed'),
      line,
      optional(fc.constantFrom('k1', 'k2')),
    )
    .map(([type, properties, cart_id]) => ({ type, properties: { ...properties, cart_id } })),
  fc
    .record({
      cart_id: optional(fc.constantFrom('k1', 'k2')),
      products: optional(fc.array(line, { maxLength: 3 })),
    })
    .map((properties) => ({ type: 'cart_viewed', properties })),
  fc
    .record({ cart_id: optional(fc.constantFrom('k1', 'k2')), products: fc.array(line, { maxLength: 2 }) })
    .map((properties) => ({ type: 'order_placed', properties })),
);

const visiting = fc
  .constantFrom('SH-1', 'SH-2', 'SH-3')
  .map((store) => ({ type: 'store_entered', properties: {}, context: { store } }));

const TYPES: Record<OrderTransition, string> = {
  completed: 'order_completed',
  refunded: 'order_refunded',
  cancelled: 'order_cancelled',
};

const ordering = fc
  .record({
    namespace: fc.constantFrom('default', 'default', 'shop'),
    order_id: fc.constantFrom('o1', 'o2', 'o3', 'o4', 'o5'),
    transition: fc.constantFrom<OrderTransition>(
      'completed',
      'completed',
      'completed',
      'refunded',
      'cancelled',
    ),
    refund: fc.constantFrom('r1', 'r2'),
    kind: optional(fc.constantFrom('return', 'refund_only', 'exchange', 'price_adjustment')),
    ledger: fc.constantFrom(true, true, true, false),
    amount: fc.integer({ min: 0, max: 50_000 }),
    freight: fc.integer({ min: 0, max: 900 }),
    products: fc.array(line, { maxLength: 3 }),
    cart_id: optional(fc.constantFrom('k1', 'k2')),
  })
  .map(({ namespace, order_id, transition, refund, kind, ledger, amount, freight, products, cart_id }) => {
    const back = transition === 'refunded';
    return {
      type: TYPES[transition],
      properties: { products, kind, cart_id },
      order: {
        namespace,
        order_id,
        transition,
        refund_id: back ? refund : '',
        ledger,
        total: back ? -amount : amount + freight,
        spend: back ? -amount : amount,
        refund: back ? amount : 0,
        total_only: false,
      },
    };
  });

type Body = Pick<Event, 'type' | 'properties'> & Partial<Pick<Event, 'order' | 'context'>>;

/** Drops undefined members, as JSON does. */
function plain(value: object): JsonObject {
  const parsed: JsonValue = JSON.parse(JSON.stringify(value));
  return parsed as JsonObject;
}

const body: fc.Arbitrary<Body> = fc
  .oneof(
    { weight: 5, arbitrary: view },
    { weight: 3, arbitrary: carting },
    { weight: 1, arbitrary: visiting },
    { weight: 4, arbitrary: ordering },
  )
  .map((value) => ({ ...value, properties: plain(value.properties) }));

const reported = fc.record({
  body,
  age,
  delay,
  facet: fc.constantFrom('f-a', 'f-b', 'f-c'),
  source: fc.constantFrom('web', 'web', 'pos', 'w'),
  channel: fc.constantFrom('web', 'store', 'app'),
  currency: fc.constantFrom('CNY', 'CNY', 'CNY', 'USD'),
});

/** Events as they were appended: ascending by append time, none before it happened, no id twice. */
export const stream: fc.Arbitrary<readonly Kept[]> = fc
  .array(reported, { minLength: 1, maxLength: 50, size: 'max' })
  .map((all) =>
    all
      .map(
        (
          {
            body: { type, properties, order, context },
            age: before,
            delay: after,
            facet,
            source,
            channel,
            currency,
          },
          index,
        ) => {
          const time = START - before;
          const event: Event = {
            // Ids descend while times may be equal, so that ties are not settled by the order of generation.
            id: `e${String(999 - index)}`,
            type,
            time,
            receivedAt: time + after,
            source,
            channel,
            claims: [],
            facet,
            currency,
            properties,
            ...(order === undefined ? {} : { order }),
            ...(context === undefined ? {} : { context }),
          };
          return { facet, event, appendedAt: time + after };
        },
      )
      .sort((a, b) => a.appendedAt - b.appendedAt),
  );
