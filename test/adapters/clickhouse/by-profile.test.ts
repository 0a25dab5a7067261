import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordersSql } from '../../../src/analytics/orders-sql.ts';
import type { Place } from '../../../src/model/identity.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { keys, UNATTRIBUTED } from '../../../src/model/keys.ts';
import { DAY_MS, HOUR_MS } from '../../../src/model/time.ts';
import { createEntryCodec } from '../../../src/runner/codec.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../../support/engine-with-history.ts';
import { retailPack } from '../../support/fused-engine.ts';
import { shoppingEvents } from '../../support/shopping-events.ts';

/** Traffic with merges by shared identifiers, and splits by hand in between. */
const story = fc.array(
  fc.record({
    events: shoppingEvents,
    hours: fc.integer({ min: 0, max: 40 }),
    split: fc.option(
      fc.constantFrom('anonymous_id:a-1', 'anonymous_id:a-2', 'device_id:tablet', 'phone:13900001111'),
    ),
  }),
  { minLength: 3, maxLength: 5 },
);

const viewOf = (id: string, identifiers: JsonObject) => ({
  ...{ id, type: 'product_viewed', identifiers },
  properties: { item_id: 'spu-1', category: 'women/plus-size/dresses', price: '10.00' },
});
const orderOf = (id: string, identifiers: JsonObject) => ({
  ...{ id, type: 'order_completed', identifiers, consent: { marketing: { sms: true } } },
  properties: { order_id: id, products: [{ item_id: 'spu-1', quantity: 2, price: '80.00' }] },
});

/** Two who each look, buy and agree, become one, and are two again: whatever chance has in store, something of all kinds moves. */
const together = [
  {
    events: [
      ...['v-1', 'v-2', 'v-3', 'v-4'].map((id) => viewOf(id, { anonymous_id: 'a-1' })),
      ...['v-5', 'v-6', 'v-7', 'v-8'].map((id) => viewOf(id, { user_id: 'u-10' })),
      orderOf('o-1', { anonymous_id: 'a-1' }),
      orderOf('o-2', { user_id: 'u-10' }),
      orderOf('o-4', { phone: '13700002222' }),
      orderOf('o-5', { user_id: 'u-20' }),
    ],
    hours: 40,
    split: null,
  },
  {
    events: [
      viewOf('v-9', { anonymous_id: 'a-1', user_id: 'u-10' }),
      viewOf('v-10', { phone: '13700002222', user_id: 'u-20' }),
    ],
    hours: 40,
    split: null,
  },
  { events: [orderOf('o-3', { anonymous_id: 'a-1' })], hours: 1, split: 'anonymous_id:a-1' },
];

interface Row {
  readonly [column: string]: string;
}

async function rows(engine: EngineWithHistory, sql: string): Promise<Row[]> {
  const text = await engine.history.query(sql, 'JSONEachRow');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = JSON.parse(line) as Record<string, unknown>;
      return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
    });
}

/** Whose each facet is now: what identity says, which history is made to agree with. */
function ownerOf(engine: EngineWithHistory, facet: string): string | undefined {
  const codec = createEntryCodec(engine.definitions);
  const key = keys.place(facet);
  const [found] = engine.store.read('p0', [key]) as readonly (Uint8Array | undefined)[];
  return found && (codec.decode(key, found) as Place).owner;
}

/** Follows who was merged into whom, and who took from whom what was theirs first. */
class Truth {
  readonly #engine: EngineWithHistory;
  readonly #winners: ReadonlyMap<string, string>;
  readonly #firstFacet = new Map<string, string>();
  readonly #facetOfEvent = new Map<string, string>();

  constructor(engine: EngineWithHistory, read: { merges: Row[]; facets: Row[]; events: Row[] }) {
    this.#engine = engine;
    this.#winners = new Map(read.merges.map(({ loser = '', winner = '' }) => [loser, winner]));
    for (const { profile_id = '', facet_id = '' } of read.facets)
      if (!this.#firstFacet.has(profile_id)) this.#firstFacet.set(profile_id, facet_id);
    // An id is a source's own, and here all events have one source.
    for (const { event_id = '', facet_id = '' } of read.events) this.#facetOfEvent.set(event_id, facet_id);
  }

  profile(then: string): string {
    if (!this.#winners.has(then)) return then;
    const first = this.#firstFacet.get(then);
    const owner = first && ownerOf(this.#engine, first);
    if (owner !== undefined) return owner;
    let now = then;
    for (let next = this.#winners.get(now); next !== undefined; next = this.#winners.get(now)) now = next;
    return now;
  }

  facet(id: string, then: string): string {
    return ownerOf(this.#engine, id) ?? this.profile(then);
  }

  event(id: string, then: string): string {
    const facet = this.#facetOfEvent.get(id);
    return facet === undefined ? this.profile(then) : this.facet(facet, then);
  }
}

/** Of each view, whose a row is by what. */
const VIEWS: Readonly<Record<string, (truth: Truth, row: Row) => string>> = {
  decisions_by_profile: (truth, { event_id = '', profile_id_then = '' }) =>
    truth.event(event_id, profile_id_then),
  points_by_profile: (truth, { facet_id = '', profile_id_then = '' }) =>
    facet_id === '' ? truth.profile(profile_id_then) : truth.facet(facet_id, profile_id_then),
  consents_by_profile: (truth, { facet_id = '', profile_id_then = '' }) =>
    truth.facet(facet_id, profile_id_then),
  segment_changes_by_profile: (truth, { profile_id_then = '' }) => truth.profile(profile_id_then),
  snapshots_by_profile: (truth, { profile_id_then = '' }) => truth.profile(profile_id_then),
  identity_changes_by_profile: (truth, { profile_id_then = '' }) => truth.profile(profile_id_then),
};

describe('views of whom rows are about', () => {
  let place: HistoryPlace;
  beforeAll(() => {
    place = createHistoryPlace();
  });
  afterAll(() => place.remove());
  let runs = 0;

  async function play(
    batches: readonly { events: readonly unknown[]; hours: number; split: string | null }[],
  ) {
    const pack = {
      ...retailPack,
      identity: {
        ...retailPack.identity,
        weak_evidence: { joins_known_people: true, values_per_type: 1_000 },
        reviews: { values_per_type: 1_000 },
      },
    };
    runs += 1;
    const engine = await place.open(`views_${runs}_tessera`, { pack });
    for (const { events, hours, split } of batches) {
      await engine.send(JSON.parse(JSON.stringify(events)) as JsonObject[]);
      const [type = '', value = ''] = (split ?? '').split(':');
      const index = engine.opening.indexOf(type, value);
      if (index !== undefined) {
        const holder = await engine.profiles.byIdentifier(type, value, { reveal: false });
        if (Object.values(holder?.identifiers ?? {}).flat().length > 1)
          await engine.command({ type: 'split', identifier: `${index.type}:${index.hash}` });
      }
      engine.clock.advance(hours * HOUR_MS);
      await engine.ring();
    }
    engine.clock.advance(2 * DAY_MS);
    await engine.ring();
    await engine.settle();
    return engine;
  }

  it('have merged people as one and split people as two, as identity has them', async () => {
    const counts: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(story, async (batches) => {
        const engine = await play(batches);
        try {
          const truth = new Truth(engine, {
            merges: await rows(engine, 'SELECT loser, winner FROM merges'),
            facets: await rows(engine, 'SELECT profile_id, facet_id FROM facets ORDER BY at, seq, idx, ord'),
            events: await rows(engine, 'SELECT event_id, facet_id FROM events'),
          });
          for (const [view, whose] of Object.entries(VIEWS)) {
            for (const row of await rows(engine, `SELECT * FROM ${view}`)) {
              if (row.profile_id_then === UNATTRIBUTED) continue;
              expect(row.profile_id, `${view} ${JSON.stringify(row)}`).toBe(whose(truth, row));
              const moved = row.profile_id === row.profile_id_then ? 'stayed' : 'moved';
              counts[`${view} ${moved}`] = (counts[`${view} ${moved}`] ?? 0) + 1;
            }
            const table =
              view === 'snapshots_by_profile' ? 'profile_snapshots' : view.replace('_by_profile', '');
            const [plain] = await rows(engine, `SELECT count() AS rows FROM ${table}`);
            const [seen] = await rows(engine, `SELECT count() AS rows FROM ${view}`);
            expect(seen, view).toEqual(plain);
          }
          await sameOrders(engine);
        } finally {
          await engine.stop();
        }
      }),
      { numRuns: 3, examples: [[together as never], [together.slice(0, 2) as never]] },
    );
    for (const view of Object.keys(VIEWS)) expect(counts[`${view} stayed`], view).toBeGreaterThan(0);
    for (const view of ['decisions', 'points', 'segment_changes', 'snapshots'])
      expect(counts[`${view}_by_profile moved`], `${view} of people who moved`).toBeGreaterThan(0);
  }, 180_000);
});

/** Orders for BI tools are those that analyses count, to the cent, and their lines add up to them. */
async function sameOrders(engine: EngineWithHistory): Promise<void> {
  const to = engine.clock.now() + DAY_MS;
  const analysed = await rows(
    engine,
    `SELECT person, at, channel, toDecimal128(net, 4) / 100 AS net FROM ${ordersSql({ to, currency: 'CNY' })} ORDER BY person, at, net`,
  );
  const shown = await rows(
    engine,
    "SELECT customer_id AS person, toUnixTimestamp64Milli(ordered_at) AS at, channel, net FROM bi_orders WHERE customer_id != '' ORDER BY person, at, net",
  );
  expect(shown).toEqual(analysed);
  const [sums] = await rows(
    engine,
    'SELECT count() AS orders, uniqExact(order_system, order_id) AS keys, sum(total) AS total, sum(net) AS net FROM bi_orders',
  );
  expect(sums?.keys).toBe(sums?.orders);
  const [daily] = await rows(
    engine,
    'SELECT sum(orders) AS orders, sum(net) AS net, sum(events) AS events FROM bi_daily',
  );
  const [all] = await rows(engine, 'SELECT count() AS events FROM events');
  expect(daily).toEqual({ orders: sums?.orders, net: sums?.net, events: all?.events });
  const [lines] = await rows(
    engine,
    'SELECT uniqExact(order_system, order_id) AS orders, sum(amount) AS amount FROM bi_order_lines',
  );
  const [merchandise] = await rows(engine, 'SELECT sum(merchandise) AS merchandise FROM bi_orders');
  expect(lines).toEqual({ orders: sums?.orders, amount: merchandise?.merchandise });
}
