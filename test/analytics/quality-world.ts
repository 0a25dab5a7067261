import type { Event } from '../../src/model/event.ts';
import { eventRow, flagDecisionRow, identityRow, mergeRow } from '../../src/model/history-rows.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { sqlTime } from '../../src/model/sql-time.ts';
import type { History } from '../../src/ports/history.ts';
import type { SentEvent } from '../oracle/naive-quality.ts';
import { createRandom, type Random } from '../simulation/random.ts';

/*
 * Saturdays of a shop, as history holds them: eight of the past and the one that is asked about, every hour of three sources, with
 * the chance that belongs to counting. `faulty` plants one fault of each kind into the last one.
 */
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const TODAY = Date.UTC(2026, 10, 21);
export const YOUNG = 'person-young';
export const OLD = 'person-old';

const SOURCES = [
  ['shop', 'web', 60],
  ['app', 'app', 40],
  ['tills', 'pos', 30],
] as const;

export const KNOWN: ReadonlyMap<string, readonly string[]> = new Map([
  ['product_viewed', ['item_id', 'category', 'price', 'currency', 'it\'s "odd"\\']],
  ['product_added', ['item_id', 'category', 'price', 'currency', 'quantity']],
  ['order_completed', ['order_id', 'products', 'currency']],
  ['page_viewed', ['url', 'title']],
]);

export const EXPECTED = {
  '*': ['identifiers'],
  product_viewed: ['item_id', 'category', 'context.store'],
  page_viewed: ['url', 'traits.city'],
  order_completed: ['order_id', 'identifiers.phone'],
} as const;

export interface World {
  readonly sent: readonly SentEvent[];
  readonly events: readonly Event[];
  /** By source: received and applied before. */
  readonly books: Readonly<Record<string, readonly [received: number, duplicates: number]>>;
  readonly refused: number;
}

export function makeWorld(seed: number, faulty: boolean, zoneOffset = 0): World {
  const random = createRandom(seed);
  const events: Event[] = [];
  for (let week = 8; week >= 0; week -= 1) {
    const isFaulty = faulty && week === 0;
    for (let hour = 0; hour < 24; hour += 1) {
      const start = TODAY - week * 7 * DAY + hour * HOUR - zoneOffset;
      for (const [source, channel, mean] of SOURCES) {
        const silent = isFaulty && source === 'tills' && hour >= 14 && hour < 17;
        const surge = isFaulty && source === 'shop' && hour >= 19 && hour < 21 ? 120 : 0;
        const count = silent ? 0 : countingChance(mean, random);
        for (let n = 0; n < count + surge; n += 1) {
          const type = n < surge ? 'product_viewed' : typeOf(random);
          const receivedAt = start + random.below(HOUR);
          const id = `e-${week}-${hour}-${source}-${n}`;
          events.push(oneEvent({ id, type, source, channel, receivedAt, faulty: isFaulty }, random));
        }
      }
    }
  }
  if (faulty) events.push(...oddEvents(zoneOffset));
  const today = events.filter(({ receivedAt }) => receivedAt >= TODAY - zoneOffset);
  const of = (name: string): number => today.filter(({ source }) => source === name).length;
  return {
    events,
    sent: events.map(asSent),
    books: { shop: [of('shop'), 3], app: [of('app'), 2], tills: [of('tills') + 200, faulty ? 180 : 4] },
    refused: faulty ? Math.ceil(today.length * 0.03) : 2,
  };
}

/** About a normal distribution with the variance of counting. */
function countingChance(mean: number, random: Random): number {
  const sum = Array.from({ length: 12 }, () => random.next()).reduce((a, b) => a + b, 0) - 6;
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * sum));
}

function typeOf(random: Random): string {
  const at = random.below(100);
  return at < 60 ? 'product_viewed' : at < 75 ? 'product_added' : at < 85 ? 'order_completed' : 'page_viewed';
}

type Base = Pick<Event, 'id' | 'type' | 'source' | 'channel' | 'receivedAt'> & { readonly faulty: boolean };

function oneEvent({ faulty, ...base }: Base, random: Random): Event {
  const { source, receivedAt } = base;
  const type = faulty && source === 'shop' && random.chance(0.06) ? 'prodct_viewed' : base.type;
  const late = random.chance(faulty && source === 'tills' ? 0.15 : 0.01);
  const delay = late
    ? 8 * DAY + random.below(HOUR)
    : random.pick([10, 50_000, 60_000, 60_001, HOUR, 5 * HOUR]);
  const off = random.chance(faulty && source === 'app' ? 0.1 : 0.004);
  const properties: Record<string, unknown> = propertiesOf(type, random);
  if (faulty && source === 'app' && random.chance(0.8)) delete properties.category;
  if (random.chance(faulty ? 0.06 : 0.005) && type !== 'prodct_viewed') properties.itm_id = 'i-1';
  const phone = random.chance(0.93);
  return {
    ...base,
    type,
    time: receivedAt - delay,
    ...(late ? { late: true } : {}),
    ...(off ? { aheadMs: random.pick([125_000, -61_000, 7_200_000]) } : {}),
    claims: [
      ...(phone ? [{ type: 'phone', hash: 'h', verified: true }] : []),
      ...(random.chance(0.5) ? [{ type: 'wechat_openid@wx1', hash: 'w', verified: true }] : []),
    ],
    facet: `f-${random.below(500)}`,
    currency: 'CNY',
    properties: properties as JsonObject,
    ...(random.chance(0.9) ? { traits: { city: 'Shanghai', 'odd.name': 1 } } : {}),
    ...(random.chance(0.92) ? { context: { store: 'SH-001', page: '/p' } } : {}),
  };
}

function propertiesOf(type: string, random: Random): Record<string, unknown> {
  const n = random.below(40);
  // Each item has prices of its own, in minor units, that move by a fifth.
  const price = (n + 1) * 1_000 + random.below(200 * (n + 1));
  const item = { item_id: `i-${n}`, category: 'women/dresses', price, currency: 'CNY' };
  if (type === 'page_viewed') return { url: '/p', ...(random.chance(0.5) ? { title: "it's" } : {}) };
  if (type !== 'order_completed') return item;
  const products = [
    { ...item, quantity: 1 + random.below(3), amount: 1, kind: 'goods' },
    { item_id: 'postage', price: 100 + random.below(100_000), quantity: 1, amount: 1, kind: 'freight' },
  ];
  return { order_id: `o-${random.below(1e9)}`, products, currency: 'CNY' };
}

/** A price a hundred times too high, ten thousand pieces, and powder for seniors in the basket of somebody of twenty. */
function oddEvents(zoneOffset: number): readonly Event[] {
  const base = {
    source: 'tills',
    channel: 'pos',
    currency: 'CNY',
    claims: [{ type: 'phone', hash: 'h', verified: true }],
  };
  const order = (id: string, hour: number, lines: readonly JsonObject[]): Event => {
    const at = TODAY + hour * HOUR + 1_234 - zoneOffset;
    return {
      ...{ ...base, id, type: 'order_completed', time: at, receivedAt: at, facet: `odd-${id}` },
      properties: { order_id: id, products: lines, currency: 'CNY' },
      order: {
        ...{ namespace: 'default', order_id: id, transition: 'completed', refund_id: '', ledger: true },
        ...{ total: 1, spend: 1, refund: 0, total_only: false },
      },
    };
  };
  const line = (changes: JsonObject): JsonObject => ({
    ...{
      item_id: 'i-3',
      category: 'women/dresses',
      price: 4_300,
      quantity: 1,
      amount: 1,
      kind: 'goods',
      ...changes,
    },
  });
  const senior = line({ item_id: 'senior-1', category: 'food/milk-powder/senior/800g' });
  return [
    order('dear', 10, [line({}), line({ price: 430_000 })]),
    order('cheap', 10, [line({ price: 43 })]),
    order('many', 11, [line({ quantity: 10_000 })]),
    order(YOUNG, 12, [line({}), senior]),
    order(OLD, 12, [senior]),
  ];
}

function asSent(event: Event): SentEvent {
  const { id, type, time, receivedAt, source, channel, properties, claims, traits, context } = event;
  const products = (properties.products ?? []) as readonly JsonObject[];
  const goods = products.filter(({ kind }) => kind === 'goods');
  const own = properties.item_id === undefined ? [] : [properties];
  return {
    ...{ id, type, time, receivedAt, source, channel },
    late: event.late === true,
    aheadMs: event.aheadMs ?? 0,
    fields: [
      ...Object.keys(properties),
      ...Object.keys(traits ?? {}).map((key) => `traits.${key}`),
      ...Object.keys(context ?? {}).map((key) => `context.${key}`),
      ...(claims.length === 0 ? [] : ['identifiers']),
      ...claims.map((claim) => `identifiers.${claim.type.split('@')[0]}`),
    ],
    prices: [...own, ...goods].map((each) => ({
      item: String(each.item_id),
      price: Number(each.price) / 100,
      quantity: Number(each.quantity ?? 1),
    })),
  };
}

/** Puts a world where analyses read. */
export async function fillHistory(history: History, world: World): Promise<void> {
  const lines = world.events.map((event, n) => {
    const cause = { partition: 0, seq: 1 + Math.floor(n / 100), index: n % 100, ordinal: 0 };
    const row = eventRow({
      event,
      rawText: JSON.stringify(event),
      cause,
      facetId: event.facet,
      profileId: event.facet.startsWith('odd-') ? event.facet.slice(4) : 'p',
      appendedAt: event.receivedAt,
    });
    return JSON.stringify(row.values);
  });
  await history.insert({ table: 'events', lines }, 'events');
  const at = Math.max(...world.events.map(({ receivedAt }) => receivedAt));
  const cause = (seq: number) => ({ partition: 0, seq, index: 0, ordinal: 0 });
  const books = Object.entries(world.books).flatMap(([source, [received, duplicates]], n) => {
    const minute = sqlTime(Math.floor(at / 60_000) * 60_000).slice(0, 19);
    const half = Math.floor(received / 2);
    // Several rows of one minute are added up.
    return [
      [0, n + 1, 0, 0, minute, source, half, half, 0, 0, 0, sqlTime(at)],
      [1, n + 1, 0, 0, minute, source, received - half, 0, duplicates, 0, 0, sqlTime(at)],
    ];
  });
  await history.insert({ table: 'conservation', lines: books.map((row) => JSON.stringify(row)) }, 'books');
  const refusals = Array.from({ length: world.refused }, (_, n) =>
    identityRow({
      change: 'refused',
      profileId: 'p',
      reason: 'limit',
      source: 'tills',
      at,
      cause: cause(n + 1),
    }),
  );
  const linked = identityRow({ change: 'linked', profileId: 'p', at, cause: cause(90_000) });
  await history.insert(
    { table: 'identity_changes', lines: [...refusals, linked].map(({ values }) => JSON.stringify(values)) },
    'identity',
  );
  const merge = mergeRow({
    winner: 'a',
    loser: 'b',
    rule: 'r',
    source: 's',
    eventId: 'e',
    at,
    cause: cause(1),
  });
  await history.insert({ table: 'merges', lines: [JSON.stringify(merge.values)] }, 'merges');
}

export async function settle(
  history: History,
  {
    flag,
    decision,
    seq,
  }: { readonly flag: string; readonly decision: 'confirmed' | 'dismissed'; readonly seq: number },
): Promise<void> {
  const cause = { partition: 0, seq, index: 0, ordinal: 0 };
  const row = flagDecisionRow({ flag, decision, author: 'ann', at: TODAY, cause });
  await history.insert({ table: 'quality_decisions', lines: [JSON.stringify(row.values)] }, `settled-${seq}`);
}
