import fc from 'fast-check';
import type { JsonObject } from '../../src/model/json.ts';
import { START_MS } from './fused-engine.ts';

/** Events of a few people who are known by several identifiers, over public and secret keys. */

export type KeyKind = 'secret' | 'write';

export interface SentEvent {
  readonly as: KeyKind;
  readonly event: JsonObject;
}

export type Pool = Readonly<Record<string, readonly string[]>>;

/** Identifiers that belong to one person and to nobody else, but for the family's tablet. */
export function poolOf(n: number): Pool {
  return {
    user_id: [`user-${n}0`],
    member_id: [`M-${n}007`],
    phone: [`1390000111${n}`, `1370000222${n}`],
    email: [`person${n}@example.com`],
    device_id: [`device-${n}`, `device-${n}`, `device-${n}`, 'tablet'],
    anonymous_id: [`cookie-${n}a`, `cookie-${n}b`, `cookie-${n}c`],
  };
}

const WEAK = ['device_id', 'anonymous_id'];

/** Each type is either absent or one of the pool's values. */
function some(pool: Pool, types: readonly string[]): fc.Arbitrary<Record<string, string>> {
  const values = types.map((type) => [type, fc.constantFrom(...(pool[type] ?? []))] as const);
  const record = fc.record(Object.fromEntries(values), { requiredKeys: [] });
  // What is not required is left out, never undefined.
  return record as fc.Arbitrary<Record<string, string>>;
}

/** What a tracker sees: devices, and now and then something that was typed into a form. */
function tracked(pool: Pool): fc.Arbitrary<Record<string, string>> {
  const strong = Object.keys(pool).filter((type) => !WEAK.includes(type));
  const typed = fc.constantFrom(...strong).chain((type) => some(pool, [type]));
  const weak = some(pool, WEAK);
  return fc.tuple(weak, fc.option(typed, { freq: 2, nil: {} })).map(([seen, said]) => ({ ...seen, ...said }));
}

/** What a server or a till knows. */
function known(pool: Pool): fc.Arbitrary<Record<string, string>> {
  return some(pool, Object.keys(pool));
}

const item = fc.constantFrom('spu-1', 'spu-2', 'spu-3');
const price = fc.integer({ min: 1, max: 99_999 }).map((minor) => (minor / 100).toFixed(2));
/** Late ones too: nothing that is counted may depend on when it came. */
const time = fc
  .oneof(fc.integer({ min: 0, max: 3_600_000 }), fc.integer({ min: 0, max: 40 * 86_400_000 }))
  .map((ago) => new Date(START_MS - ago).toISOString());
const orderId = fc.integer({ min: 1, max: 6 }).map((n) => `o-${n}`);

const bodies = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom('product_viewed', 'product_added', 'product_favorited'),
      properties: fc.record({
        item_id: item,
        category: fc.constantFrom('women/plus-size/dresses', 'men/shoes'),
        price,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('order_completed'),
      properties: fc.record({
        order_id: orderId,
        products: fc.array(fc.record({ item_id: item, quantity: fc.integer({ min: 1, max: 3 }), price }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('order_refunded', 'order_cancelled'),
      properties: fc.record({ order_id: orderId, total: price }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('profile_identified'),
      traits: fc.record({
        city: fc.constantFrom('Shanghai', 'Chengdu'),
        name: fc.constantFrom('王芳', '李雷'),
      }),
      consent: fc.record({ marketing: fc.record({ sms: fc.boolean(), email: fc.boolean() }) }),
    }),
  },
);

type Unnumbered = Omit<SentEvent, 'event'> & { readonly event: Omit<JsonObject, 'id'> };

function unnumbered(pool: Pool): fc.Arbitrary<Unnumbered> {
  const of = (as: KeyKind, identifiers: fc.Arbitrary<Record<string, string>>) =>
    fc
      .tuple(bodies, identifiers, time)
      .map(([body, ids, at]) => ({ as, event: { ...body, time: at, identifiers: ids } as JsonObject }));
  return fc.oneof(of('secret', known(pool)), of('write', tracked(pool)));
}

/** Some events, each with an id of its own, and repeats of a few of them. */
export function eventsOf(
  pools: readonly Pool[],
  { from = 0, most = 12 }: { from?: number; most?: number } = {},
): fc.Arbitrary<SentEvent[]> {
  const any = fc.oneof(...pools.map(unnumbered));
  const made = fc
    .array(any, { minLength: 2, maxLength: most })
    .map((all) => all.map(({ as, event }, i) => ({ as, event: { ...event, id: `e-${from + i}` } })));
  return made.chain((all) =>
    fc.array(fc.constantFrom(...all), { maxLength: 3 }).map((repeats) => [...all, ...repeats]),
  );
}
