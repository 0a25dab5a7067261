import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import type { AnalysisName, Questions } from '../../src/analytics/analyses.ts';
import { createAnalyticsDesk } from '../../src/desks/analytics-desk.ts';
import { readHistoryRows } from '../../src/desks/past-events.ts';
import { facetKey } from '../../src/ingest/facet-key.ts';
import type { Claim, Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import type { Analytics } from '../../src/serve/analytics-service.ts';
import {
  monthOf,
  naiveBasket,
  naiveChannels,
  naiveFunnel,
  naiveOrders,
  naiveRetention,
  type Told,
} from '../oracle/naive-analytics.ts';
import { createRandom } from '../simulation/random.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../support/engine-with-history.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 3, 20);
const DAYS = 120;
const SEED = Number(process.env.ANALYTICS_SEED ?? 7);
const PEOPLE = 40;
const CHANNELS = ['web', 'app', 'pos', 'store'] as const;
const ITEMS = ['i1', 'i2', 'i3', 'i4', 'i5', 'i6'] as const;
const OFFLINE = new Set(['pos', 'store', 'store_device']);
const stretch = { from: START + 25 * DAY, to: START + 100 * DAY };

let place: HistoryPlace;
let engine: EngineWithHistory;
let analytics: Analytics;
const told: Told[] = [];

beforeAll(async () => {
  console.log(`seed ${SEED}`);
  place = createHistoryPlace();
  engine = await place.open('analyses', { clock: createManualClock(START) });
  for (const happening of happenings()) {
    told.push(happening);
    await append(happening);
  }
  await engine.settle();
  analytics = createAnalyticsDesk({ ...engine, strangers: async () => [] });
}, 120_000);

afterAll(async () => {
  await engine.stop();
  place.remove();
});

/** Some never signed in where they look: they are two to us, and two to the oracle. */
function isOne(person: number): boolean {
  return person % 4 !== 0;
}

function happenings(): readonly Told[] {
  const random = createRandom(SEED);
  const placed: Told[] = [];
  const all: Told[] = [];
  const types = [
    ...['product_viewed', 'product_viewed', 'product_viewed', 'product_added', 'product_tried'],
    ...['order_completed', 'order_completed', 'order_refunded', 'order_cancelled', 'page_viewed'],
  ];
  const times = Array.from({ length: PEOPLE * 25 }, () => START + random.below(DAYS * 24) * (DAY / 24)).sort(
    (a, b) => a - b,
  );
  for (const [n, time] of times.entries()) {
    const person = random.below(PEOPLE);
    const known = random.below(2) === 0;
    const type = random.pick(types);
    const base = { id: `e${n}`, time, channel: random.pick([...CHANNELS]), source: random.pick(['a', 'b']) };
    // Who signed in is found on the device from then on; before that, too.
    const who = isOne(person) ? `p${person}` : `p${person}-${known ? 'known' : 'device'}`;
    const one = { ...base, person: who, type };
    if (type === 'order_completed') {
      const items = Array.from({ length: 1 + random.below(4) }, () => random.pick([...ITEMS]));
      const order = {
        id: `o${n}`,
        transition: 'completed',
        refundId: '',
        spend: 100 + random.below(9_900),
      } as const;
      const report = { ...one, order: { ...order, ledger: true, items } };
      placed.push(report);
      all.push(report);
      if (random.below(4) === 0) all.push({ ...report, id: `e${n}-again`, time: time + 1, source: 'c' });
      if (random.below(4) === 0)
        all.push({ ...report, id: `e${n}-copy`, order: { ...order, ledger: false, items } });
    } else if (type === 'order_refunded' || type === 'order_cancelled') {
      const before = random.pick(placed.length === 0 ? all : placed);
      if (before?.order === undefined || (type === 'order_cancelled' && random.below(2) === 0)) continue;
      const transition = type === 'order_refunded' ? 'refunded' : 'cancelled';
      const refundId = transition === 'refunded' ? `r${n}` : '';
      const spend = transition === 'refunded' ? -Math.floor(before.order.spend / 3) : 0;
      const order = { id: before.order.id, transition, refundId, spend, ledger: true, items: [] } as const;
      all.push({ ...one, person: before.person, order });
    } else all.push(one);
  }
  return all.sort((a, b) => a.time - b.time);
}

async function append({ id, person, type, time, channel, source, order }: Told): Promise<void> {
  const [, name = ''] = /^p(\d+)/.exec(person) ?? [];
  const [known, device] = [`m${name}`, `d${name}`];
  const byMember: Claim = { type: 'member_id', hash: known, verified: true };
  const byDevice: Claim = { type: 'anonymous_id', hash: device, verified: true };
  // By then each of the two has a past.
  const first = told.filter((each) => each.person === person).length === 6;
  const claims: readonly Claim[] = person.endsWith('-known')
    ? [byMember]
    : person.endsWith('-device')
      ? [byDevice]
      : first
        ? [byDevice, byMember]
        : [Number(id.replace(/\D/g, '')) % 2 === 0 ? byMember : byDevice];
  const event: Event = {
    ...{ id, type, time, receivedAt: time, source, channel, claims, facet: facetKey(claims), properties: {} },
    ...(order === undefined ? {} : { currency: 'CNY', ...orderOf(order) }),
  };
  if (time > engine.clock.now()) engine.clock.set(time);
  await engine.log.append([encodeRecord({ kind: 'event', event })]);
  await engine.drain();
}

function orderOf(order: NonNullable<Told['order']>): Pick<Event, 'order' | 'properties'> {
  const { id, transition, refundId, spend, ledger, items } = order;
  const products = [
    ...items.map((item_id) => ({ item_id, kind: 'goods', quantity: 1 })),
    { item_id: 'postage', kind: 'freight', quantity: 1 },
  ];
  return {
    properties: { products },
    order: {
      ...{ namespace: 'default', order_id: id, transition, refund_id: refundId, ledger, total_only: false },
      ...{ total: spend, spend, refund: transition === 'refunded' ? -spend : 0 },
    },
  };
}

async function answerOf<Name extends AnalysisName>(
  name: Name,
  question: Questions[Name],
): Promise<JsonObject> {
  const { answer } = await analytics.find(name, question);
  return answer;
}

/** Made by the analyses themselves. */
function rowsIn(value: unknown): readonly JsonObject[] {
  return value as readonly JsonObject[];
}

const money = (minor: number): string => (minor / 100).toFixed(2);

describe('figures out of history are those of another account', () => {
  it('has people who became one, and orders that were given back, cancelled and told twice', () => {
    const orders = naiveOrders(told, stretch.to);
    expect(orders.length).toBeGreaterThan(100);
    expect(told.filter(({ order }) => order?.transition === 'cancelled').length).toBeGreaterThan(10);
    expect(told.filter(({ order }) => order?.transition === 'refunded').length).toBeGreaterThan(30);
  });

  it('finds the owners of today by the facets that moved alone', async () => {
    const [row] = await readHistoryRows(
      engine.history,
      `SELECT count() AS events, countIf(quick.profile_id != slow.profile_id) AS wrong, countIf(quick.profile_id_then != quick.profile_id) AS moved ` +
        `FROM events_by_profile AS quick LEFT ANY JOIN facets_now AS slow ON slow.facet_id = quick.facet_id`,
    );
    expect(row).toMatchObject({ wrong: 0 });
    expect(Number(row?.moved)).toBeGreaterThan(20);
    expect(Number(row?.events)).toBe(told.length);
  });

  it('funnel: everybody’s best way, over channels, with steps that come again', async () => {
    const online = (channel: string): boolean => !OFFLINE.has(channel);
    const cases = [
      { steps: [['product_viewed'], ['product_added'], ['order_completed']], windowMs: 7 * DAY },
      {
        steps: [
          ['product_viewed', 'online'],
          ['order_completed', 'offline'],
        ],
        windowMs: 3 * DAY,
      },
      {
        steps: [['product_viewed'], ['product_viewed'], ['product_viewed', 'online']],
        windowMs: 12 * 3_600_000,
      },
      { steps: [['order_completed'], ['order_completed']], windowMs: 30 * DAY },
    ] as const;
    for (const { steps, windowMs } of cases) {
      const answer = await answerOf('funnel', {
        ...stretch,
        ...{ windowMs, byChannel: true, channelsMax: 12 },
        steps: steps.map(([type, where]) => ({
          name: type,
          type,
          ...(where === undefined ? {} : { channels: { names: [...OFFLINE], except: where === 'online' } }),
        })),
      });
      const takes = (where: string | undefined) => (channel: string) =>
        where === undefined || online(channel) === (where === 'online');
      const wanted = steps.map(([type, where]) => ({ type, takes: takes(where) }));
      const found = rowsIn(answer.steps).map(({ people }) => people);
      expect(found, JSON.stringify(steps)).toEqual(naiveFunnel(told, wanted, { ...stretch, windowMs }));
      for (const { channel, steps: counted } of rowsIn(answer.by_channel)) {
        const [first, ...others] = wanted;
        const begun = {
          ...first,
          type: first?.type ?? '',
          takes: (c: string) => c === channel && first?.takes(c) === true,
        };
        expect(
          rowsIn(counted).map(({ people }) => people),
          `${JSON.stringify(steps)} from ${String(channel)}`,
        ).toEqual(naiveFunnel(told, [begun, ...others], { ...stretch, windowMs }));
      }
    }
  });

  it('retention: cohorts of buyers and of viewers, and who bought again', async () => {
    const question = { ...stretch, period: 'month', zone: 'UTC', currency: 'CNY', periodsMax: 60 } as const;
    const orders = naiveOrders(told, stretch.to);
    const bought = await answerOf('retention', { ...question, event: 'order_completed' });
    expect(cohortsIn(bought)).toEqual(naiveRetention(orders, stretch));
    const viewed = await answerOf('retention', { ...question, event: 'product_viewed' });
    const views = told.filter(({ type }) => type === 'product_viewed');
    expect(cohortsIn(viewed)).toEqual(
      naiveRetention(
        views.map(({ person, time: at }) => ({ person, at })),
        stretch,
      ),
    );
    for (const { cohort, people, within } of rowsIn(bought.repeat_purchase)) {
      const firsts = firstOrders(orders).filter(([first]) => nameOf(first?.at ?? 0) === cohort);
      expect(people).toBe(firsts.length);
      for (const { days, people: again } of rowsIn(within))
        expect(again).toBe(
          firsts.filter(
            ([first, second]) => second !== undefined && second.at - (first?.at ?? 0) <= Number(days) * DAY,
          ).length,
        );
    }
  });

  it('clv: what each cohort has been worth, month by month', async () => {
    const answer = await answerOf('clv', {
      ...{ ...stretch, period: 'month', zone: 'UTC', currency: 'CNY', periodsMax: 60 },
    });
    const people = firstOrders(naiveOrders(told, stretch.to));
    expect(rowsIn(answer.cohorts).length).toBeGreaterThan(1);
    for (const { cohort, people: count, net, orders, value_per_customer } of rowsIn(answer.cohorts)) {
      const own = people.filter(([first]) => nameOf(first?.at ?? 0) === cohort);
      expect(count).toBe(own.length);
      const begin = monthOf(own[0]?.[0]?.at ?? 0);
      let sum = 0;
      (net as readonly string[]).forEach((each, later) => {
        const then = own.flat().filter(({ at }) => monthOf(at) === begin + later);
        const spent = then.reduce((total, order) => total + order.net, 0);
        sum += spent;
        expect(each).toBe(money(spent));
        expect((orders as readonly number[])[later]).toBe(then.length);
        expect((value_per_customer as readonly string[])[later]).toBe(money(Math.round(sum / own.length)));
      });
    }
  });

  it('channels: who looked where and bought where', async () => {
    const answer = await answerOf('channels', { ...stretch, days: 10, currency: 'CNY' });
    const interest = new Set(['product_viewed', 'product_added', 'product_tried']);
    const ways = Object.fromEntries(
      rowsIn(answer.ways).map(({ research, purchase, orders }) => [
        `${String(research)}>${String(purchase)}`,
        orders,
      ]),
    );
    expect(ways).toEqual(naiveChannels(told, { ...stretch, days: 10, interest }));
  });

  it('basket: pairs, what they share, and lift', async () => {
    const answer = await answerOf('basket', {
      ...{ ...stretch, ordersMin: 1, itemsMax: 500, sort: 'lift', limit: 1_000 },
    });
    const orders = naiveOrders(told, Number.POSITIVE_INFINITY).filter(
      ({ at }) => at >= stretch.from && at < stretch.to,
    );
    const { both, each } = naiveBasket(orders);
    expect(answer.orders).toBe(orders.length);
    const pairs = rowsIn(answer.pairs);
    expect(Object.fromEntries(pairs.map(({ a, b, orders: n }) => [[a, b].sort().join('+'), n]))).toEqual(
      both,
    );
    for (const { a, b, lift, support } of pairs) {
      const shared = both[[a, b].sort().join('+')] ?? 0;
      expect(lift).toBeCloseTo(
        (shared * orders.length) / ((each[String(a)] ?? 0) * (each[String(b)] ?? 0)),
        5,
      );
      expect(support).toBeCloseTo(shared / orders.length, 5);
    }
    const lifts = pairs.map(({ lift }) => Number(lift));
    expect(lifts).toEqual([...lifts].sort((x, y) => y - x));
    const asked = await answerOf('basket', {
      ...{ ...stretch, ordersMin: 1, itemsMax: 500, sort: 'orders', limit: 1_000, item: 'i3' },
    });
    expect(rowsIn(asked.pairs)).toHaveLength(Object.keys(both).filter((pair) => pair.includes('i3')).length);
  });

  it('times: by weekday and hour of a zone', async () => {
    const answer = await answerOf('times', { ...stretch, event: 'product_viewed', zone: 'Asia/Shanghai' });
    const wanted: Record<string, number> = {};
    for (const { type, time } of told) {
      if (type !== 'product_viewed' || time < stretch.from || time >= stretch.to) continue;
      const local = new Date(time + 8 * 3_600_000);
      const cell = `${local.getUTCDay() === 0 ? 7 : local.getUTCDay()} ${local.getUTCHours()}`;
      wanted[cell] = (wanted[cell] ?? 0) + 1;
    }
    expect(
      Object.fromEntries(
        rowsIn(answer.cells).map(({ weekday, hour, events }) => [
          `${String(weekday)} ${String(hour)}`,
          events,
        ]),
      ),
    ).toEqual(wanted);
  });

  it('rfm: scores by the boundaries of fifths, everybody once', async () => {
    const to = stretch.to;
    const answer = await answerOf('rfm', {
      to,
      currency: 'CNY',
      zone: 'UTC',
      today: Math.floor(to / DAY) - 1,
    });
    const customers = firstOrders(naiveOrders(told, to)).map((orders) => {
      // An order that was given back as a whole is none; thirds of orders here never are, unless three times.
      const kept = orders.filter(({ net }) => net > 0);
      const last = Math.max(...kept.map(({ at }) => Math.floor(at / DAY)));
      return {
        since: Math.floor(to / DAY) - 1 - last,
        orders: kept.length,
        net: orders.reduce((sum, { net }) => sum + net, 0) / 100,
      };
    });
    const bought = customers.filter(({ orders }) => orders > 0);
    expect(answer.customers).toBe(bought.length);
    const cut =
      (values: readonly number[]) =>
      (value: number): number =>
        1 + [0.2, 0.4, 0.6, 0.8].filter((level) => value > quantile(values, level)).length;
    const [since, orders, net] = [
      cut(bought.map((each) => each.since)),
      cut(bought.map((each) => each.orders)),
      cut(bought.map((each) => each.net)),
    ];
    const cells: Record<string, number> = {};
    for (const each of bought) {
      const cell = `${6 - since(each.since)}${orders(each.orders)}${net(each.net)}`;
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    expect(
      Object.fromEntries(
        rowsIn(answer.cells).map(({ recency, frequency, monetary, people }) => [
          `${String(recency)}${String(frequency)}${String(monetary)}`,
          people,
        ]),
      ),
    ).toEqual(cells);
    expect(rowsIn(answer.groups).reduce((sum, { people }) => sum + Number(people), 0)).toBe(bought.length);
  });
});

function cohortsIn({ cohorts }: JsonObject): Record<string, unknown> {
  return Object.fromEntries(rowsIn(cohorts).map(({ cohort, active }) => [String(cohort), active]));
}

/** Of each person, their orders from the first on; only who began in the time asked for. */
function firstOrders(orders: ReturnType<typeof naiveOrders>) {
  const byPerson = new Map<string, (typeof orders)[number][]>();
  for (const order of [...orders].sort((a, b) => a.at - b.at))
    byPerson.set(order.person, [...(byPerson.get(order.person) ?? []), order]);
  return [...byPerson.values()];
}

function nameOf(at: number): string {
  const month = monthOf(at);
  return new Date(Date.UTC(Math.floor(month / 12), month % 12, 1)).toISOString().slice(0, 10);
}

/** Between two values by their distance. */
function quantile(values: readonly number[], level: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * level;
  const below = sorted[Math.floor(at)] ?? 0;
  return below + ((sorted[Math.ceil(at)] ?? 0) - below) * (at - Math.floor(at));
}
