import fc from 'fast-check';
import { START_MS } from './fused-engine.ts';

/** Wire events of a small shop: few people, few items, so that they meet; late ones, repeats, orders and refunds. */
const person = fc.record(
  {
    anonymous_id: fc.constantFrom('a-1', 'a-2', 'a-3', 'a-4'),
    device_id: fc.constantFrom('tablet', 'phone-9'),
    user_id: fc.constantFrom('u-10', 'u-20'),
    phone: fc.constantFrom('13900001111', '13700002222'),
  },
  { requiredKeys: [] },
);

const item = fc.constantFrom('spu-1', 'spu-2', 'spu-3');
const id = fc.integer({ min: 1, max: 60 }).map((n) => `e-${n}`);
const time = fc
  .oneof(fc.integer({ min: 0, max: 3_600_000 }), fc.integer({ min: 0, max: 40 * 86_400_000 }))
  .map((ago) => new Date(START_MS - ago).toISOString());
const price = fc.integer({ min: 1, max: 99_999 }).map((minor) => (minor / 100).toFixed(2));

const view = fc.record({
  id,
  time,
  type: fc.constantFrom('product_viewed', 'product_added', 'product_favorited'),
  identifiers: person,
  properties: fc.record({
    item_id: item,
    category: fc.constantFrom('women/plus-size/dresses', 'men/shoes'),
    price,
  }),
});

const orderId = fc.integer({ min: 1, max: 12 }).map((n) => `o-${n}`);

const order = fc.record({
  id,
  time,
  type: fc.constant('order_completed'),
  identifiers: person,
  properties: fc.record({
    order_id: orderId,
    products: fc.array(fc.record({ item_id: item, quantity: fc.integer({ min: 1, max: 3 }), price }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
});

const after = fc.record({
  id,
  time,
  type: fc.constantFrom('order_refunded', 'order_cancelled'),
  identifiers: person,
  properties: fc.record({ order_id: orderId, total: price }),
});

const told = fc.record({
  id,
  time,
  type: fc.constant('profile_identified'),
  identifiers: person,
  traits: fc.record({
    email: fc.constantFrom('ann@example.com', 'bob@example.com'),
    name: fc.constant('王芳'),
  }),
  consent: fc.record({ marketing: fc.record({ sms: fc.boolean() }) }),
});

export const shoppingEvent = fc.oneof(
  { weight: 5, arbitrary: view },
  { weight: 2, arbitrary: order },
  { weight: 1, arbitrary: after },
  { weight: 1, arbitrary: told },
);

export const shoppingEvents = fc.array(shoppingEvent, { minLength: 1, maxLength: 15 });
