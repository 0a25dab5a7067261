import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { createExpectedDesk } from '../../../src/desks/steering/expected-desk.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Expecting } from '../../../src/serve/expected-service.ts';
import { createRandom, type Random } from '../../simulation/random.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../../support/engine-with-history.ts';
import { retailPack } from '../../support/fused-engine.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 7, 1);
const NOW = START + 30 * DAY;
const STORES = ["O'Hare \\ 1", 'S2'] as const;
const SEEDS = [1, 2, 3, 7, Math.floor(Math.random() * 1e6)];

interface Told {
  readonly person: string;
  readonly type: string;
  readonly time: number;
  readonly properties: JsonObject;
}

let place: HistoryPlace;
beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());

describe.each(SEEDS)('whom a store expects, in the world of seed %i', (seed) => {
  let engine: EngineWithHistory;
  let desk: Expecting;
  let told: readonly Told[];

  beforeAll(async () => {
    const pack = { identity: retailPack.identity, features: [], segments: [], loyalty: null, triggers: [] };
    engine = await place.open(`expected_${seed}`, { pack, clock: createManualClock(START) });
    told = happenings(createRandom(seed));
    for (const [n, { person, type, time, properties }] of told.entries()) {
      engine.clock.set(time);
      const identifiers: JsonObject = person === '' ? {} : { member_id: person };
      const event = {
        id: `e${n}`,
        type,
        time: new Date(time).toISOString(),
        source: 'till',
        identifiers,
        properties,
      };
      const { rejected } = await engine.send([event]);
      if (rejected.length > 0) throw new Error(JSON.stringify([event, rejected]));
    }
    engine.clock.set(NOW);
    await engine.settle();
    desk = createExpectedDesk({
      ...engine,
      historyLag: () => new Map([['p0', { rowsWaiting: 3, bytesWaiting: 9, secondsWaiting: 2 }]]),
    });
  }, 120_000);
  afterAll(() => engine.stop());

  it('is who has an appointment, an order in waiting, or a full cart at home', async () => {
    for (const store of STORES) {
      const answer = await desk.expect({ store, days: 7, limit: 200, read: { reveal: true } });
      const found = answer.expected.map(({ reason, at, identifiers, detail }) => {
        return JSON.stringify([reason, at, identifiers.member_id?.[0] ?? '', keyOf(detail)]);
      });
      expect(found.sort()).toEqual(naive(told, store).sort());
      expect(answer.freshness).toEqual({ rows_waiting: 3, seconds_waiting: 2 });
    }
  });

  it('is bounded, and masked for whoever may not see people', async () => {
    const read = { reveal: false };
    const { expected } = await desk.expect({ store: 'S2', days: 7, limit: 1, read });
    for (const reason of ['appointment', 'pickup', 'cart'])
      expect(expected.filter((each) => each.reason === reason).length).toBeLessThanOrEqual(1);
    const shown = JSON.stringify(expected.map(({ identifiers }) => identifiers));
    expect(shown).not.toMatch(/member-\d{2}-of-the-club/);
  });
});

describe('whom stores expect in these worlds', () => {
  it('come of every reason, though one of them alone may lack some', () => {
    const all = SEEDS.flatMap((seed) => {
      const told = happenings(createRandom(seed));
      return STORES.flatMap((store) => naive(told, store));
    });
    for (const reason of ['appointment', 'pickup', 'cart'])
      expect(all.filter((each) => each.startsWith(`["${reason}"`)).length, reason).toBeGreaterThan(0);
  });
});

function keyOf({ appointment_id, order_id, items }: JsonObject): string {
  return String(appointment_id ?? order_id ?? JSON.stringify(items));
}

function happenings(random: Random): readonly Told[] {
  const types = [
    ...['product_added', 'product_added', 'product_removed', 'order_completed', 'store_entered'],
    ...[
      'appointment_booked',
      'appointment_booked',
      'order_ready_for_pickup',
      'order_ready_for_pickup',
      'order_picked_up',
    ],
  ];
  const times = Array.from({ length: 400 }, () => START + random.below(30 * 24) * HOUR).sort((a, b) => a - b);
  return times.map((time, n): Told => {
    const type = random.pick(types);
    const store = random.pick([...STORES]);
    const item_id = random.pick(['hat', 'coat', 'shoe']);
    const known = random.chance(0.9) ? `member-${10 + random.below(25)}-of-the-club` : '';
    const order_id = `p${random.below(20)}`;
    const own: Readonly<Record<string, JsonObject>> = {
      product_added: { item_id },
      product_removed: { item_id },
      store_entered: { store },
      order_completed: {
        order_id: `o${n}`,
        total: 5,
        currency: 'CNY',
        sold_in: store,
        products: [{ item_id, quantity: 1, price: 5 }],
      },
      appointment_booked: {
        ...{ appointment_id: `a${random.below(25)}`, store, service: 'fitting' },
        starts_at: new Date(time + random.below(15 * 24) * HOUR).toISOString().replace('Z', '+00:00'),
        ...(random.chance(0.6) ? { status: random.pick(['booked', 'moved', 'cancelled', 'attended']) } : {}),
      },
      order_ready_for_pickup: {
        ...{ order_id, store },
        ...(random.chance(0.3) ? { hold_until: new Date(time + 5 * DAY).toISOString() } : {}),
      },
      order_picked_up: { order_id, store },
    };
    return { person: known, type, time, properties: own[type] ?? {} };
  });
}

/** By loops alone; of the same moment what was told later counts, as its id is greater. */
function naive(told: readonly Told[], store: string): string[] {
  const found: string[] = [];
  const lastOf = (type: string, property: string): readonly Told[] => {
    const last = new Map<unknown, Told>();
    for (const each of inOrder(told.filter((one) => one.type === type)))
      last.set(each.properties[property], each);
    return [...last.values()];
  };
  for (const { person, properties } of lastOf('appointment_booked', 'appointment_id')) {
    const at = Date.parse(String(properties.starts_at));
    const stands = ['booked', 'moved'].includes(String(properties.status ?? 'booked'));
    if (properties.store === store && stands && at >= NOW - HOUR && at < NOW + 7 * DAY)
      found.push(JSON.stringify(['appointment', at, person, properties.appointment_id]));
  }
  const picked = new Set(
    told.filter(({ type }) => type === 'order_picked_up').map((each) => each.properties.order_id),
  );
  for (const { person, time, properties } of lastOf('order_ready_for_pickup', 'order_id')) {
    const { hold_until, order_id } = properties;
    const kept = hold_until === undefined || Date.parse(String(hold_until)) > NOW;
    if (properties.store === store && kept && !picked.has(order_id))
      found.push(JSON.stringify(['pickup', time, person, order_id]));
  }
  for (const person of new Set(told.map((each) => each.person))) {
    const own = told.filter((each) => each.person === person);
    if (person === '' || homeOf(own) !== store) continue;
    const since = NOW - 14 * DAY;
    const ordered = Math.max(
      -1,
      ...own.filter(({ type, time }) => type === 'order_completed' && time >= since).map(({ time }) => time),
    );
    const items = new Map<string, Told>();
    for (const each of own) {
      if (!each.type.startsWith('product_') || each.time <= ordered || each.time < since) continue;
      const item = String(each.properties.item_id);
      const before = items.get(item);
      // Of the same moment, putting it in.
      if (before === undefined || each.time > before.time || each.type === 'product_added')
        items.set(item, each);
    }
    const full = [...items].filter(([, { type }]) => type === 'product_added');
    if (full.length === 0) continue;
    const at = Math.max(...full.map(([, { time }]) => time));
    found.push(JSON.stringify(['cart', at, person, JSON.stringify(full.map(([item]) => item).sort())]));
  }
  return found;
}

function inOrder(told: readonly Told[]): readonly Told[] {
  return told
    .map((each, n) => ({ each, n }))
    .sort((a, b) => a.each.time - b.each.time || a.n - b.n)
    .map(({ each }) => each);
}

/** Where somebody bought most often; of equals, and of those who bought nowhere, the last one. */
function homeOf(own: readonly Told[]): string | undefined {
  const places = new Map<string, { orders: number; bought: number; entered: number }>();
  for (const { type, time, properties } of own) {
    const store = String(properties.sold_in ?? (type === 'store_entered' ? properties.store : ''));
    if (store === '') continue;
    const now = places.get(store) ?? { orders: 0, bought: 0, entered: 0 };
    if (type === 'order_completed') places.set(store, { ...now, orders: now.orders + 1, bought: time });
    else places.set(store, { ...now, entered: time });
  }
  return [...places]
    .map(([store, each]) => ({
      store,
      orders: each.orders,
      last: each.orders > 0 ? each.bought : each.entered,
    }))
    .sort((a, b) => b.orders - a.orders || b.last - a.last || (a.store < b.store ? 1 : -1))[0]?.store;
}
