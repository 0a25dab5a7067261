import { describe, expect, it } from 'vitest';
import { compileFeatures } from '../../../src/features/compile.ts';
import { encodeFacet } from '../../../src/features/encode.ts';
import { expandDefinitions } from '../../../src/features/expand.ts';
import { readFeature } from '../../../src/features/read.ts';
import { addEvent } from '../../../src/features/update.ts';
import { limits } from '../../../src/limits.ts';
import type { Event } from '../../../src/model/event.ts';
import type { Facet } from '../../../src/model/profile.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import { emptyFacet } from '../../../src/profile/facets.ts';
import { fromTheStart } from '../../oracle/definitions.ts';

const ORDERS = ['order_completed', 'order_refunded'];
const compiled = (raw: object) =>
  compileFeatures(
    fromTheStart(expandDefinitions([{ name: 'bought', on: ORDERS, aggregate: 'purchases', ...raw }])),
    {
      reportingCurrency: 'CNY',
    },
  );
const set = compiled({ window: 'lifetime' });
const START = Date.UTC(2026, 0, 1, 12);

interface Told {
  readonly order: string;
  readonly day: number;
  readonly spend: number;
  readonly refund?: string;
}

function eventOf({ order, day, spend, refund }: Told): Event {
  const time = START + day * DAY_MS;
  const id = refund ?? order;
  const type = refund === undefined ? 'order_completed' : 'order_refunded';
  return {
    id,
    type,
    time,
    receivedAt: time,
    source: 's',
    channel: 'web',
    claims: [],
    facet: 'f',
    currency: 'CNY',
    properties: {},
    order: {
      namespace: 'n',
      order_id: order,
      transition: refund === undefined ? 'completed' : 'refunded',
      refund_id: refund ?? '',
      ledger: true,
      total: spend,
      spend,
      refund: refund === undefined ? 0 : -spend,
      total_only: false,
    },
  };
}

/** Each event is appended when it happens, unless all are appended on one day. */
function fold(
  events: readonly Told[],
  { on, facet = emptyFacet('f') }: { on?: number; facet?: Facet } = {},
): Facet {
  for (const told of events) addEvent(set, facet, eventOf(told), START + (on ?? told.day) * DAY_MS);
  return facet;
}

const boughtAt = (facets: readonly Facet[], day: number, of = set) =>
  readFeature(of, 'bought', facets, START + day * DAY_MS);

describe('purchases', () => {
  it('are nothing before the first one', () => {
    expect(boughtAt([], 3)?.value).toEqual({
      days: 0,
      orders: 0,
      since_first: null,
      since_last: null,
      net: 0,
      repeat_value: null,
    });
  });

  it('stay what they are when orders become too old to be told apart', () => {
    const told = [
      { order: 'a', day: 0, spend: 10_000 },
      { order: 'b', day: 10, spend: 5_000 },
      { order: 'b', day: 12, spend: -5_000, refund: 'r-1' },
      { order: 'c', day: 20, spend: 8_000 },
      { order: 'c', day: 25, spend: -3_000, refund: 'r-2' },
    ];
    const young = boughtAt([fold(told)], 30)?.value;
    expect(young).toEqual({
      days: 2,
      orders: 2,
      since_first: 30,
      since_last: 10,
      net: 150,
      repeat_value: 50,
    });
    // Another order makes the facet fold what is older than 400 days.
    const facet = fold([...told, { order: 'd', day: 500, spend: 2_000 }]);
    expect(facet.orders.size).toBe(1);
    expect(boughtAt([facet], 500)?.value).toEqual({
      days: 3,
      orders: 3,
      since_first: 500,
      since_last: 0,
      net: 170,
      // What was given back of c and b counts on its own days from now on, all of them after the first.
      repeat_value: 35,
    });
  });

  it('count what is given back long after on its own day', () => {
    const facet = fold([
      { order: 'a', day: 0, spend: 10_000 },
      { order: 'b', day: 450, spend: 4_000 },
      { order: 'a', day: 451, spend: -1_000, refund: 'r' },
    ]);
    expect(boughtAt([facet], 460)?.value).toMatchObject({ days: 2, net: 130, repeat_value: 30 });
  });

  it('of many days are kept in bounded room: sums and the first day stay exact, and it says so', () => {
    const many = limits.purchaseDaysMax + 200;
    const told = Array.from({ length: many }, (_, day) => ({ order: `o-${day}`, day, spend: 100 }));
    const facet = fold([...told, { order: 'last', day: many + 500, spend: 100 }]);
    const found = boughtAt([facet], many + 500);
    expect(found).toMatchObject({
      approximate: true,
      value: {
        days: many + 1,
        orders: many + 1,
        since_first: many + 500,
        since_last: 0,
        net: many + 1,
        repeat_value: 1,
      },
    });
    expect(JSON.stringify(encodeFacet(set, facet)).length).toBeLessThan(40 * limits.purchaseDaysMax);
  });

  it('of a window are those of its days', () => {
    const year = compiled({ window: '365d' });
    const facet = emptyFacet('f');
    for (const told of [
      { order: 'a', day: 0, spend: 10_000 },
      { order: 'b', day: 200, spend: 4_000 },
      { order: 'c', day: 364, spend: 2_000 },
    ])
      addEvent(year, facet, eventOf(told), START + told.day * DAY_MS);
    expect(boughtAt([facet], 364, year)?.value).toMatchObject({ days: 3, net: 160, since_first: 364 });
    expect(boughtAt([facet], 365, year)?.value).toMatchObject({
      days: 2,
      net: 60,
      since_first: 165,
      repeat_value: 20,
    });
    expect(boughtAt([facet], 2_000, year)?.value).toMatchObject({ days: 0, net: 0, since_first: null });
  });

  it('change with each day of their zone, and say when', () => {
    const shanghai = compiled({ window: 'lifetime', zone: 'Asia/Shanghai' });
    const facet = emptyFacet('f');
    addEvent(shanghai, facet, eventOf({ order: 'a', day: 0, spend: 1 }), START);
    const operation = shanghai.byName.get('bought')?.operation;
    const next = operation?.changesAt?.([[20_454, 1, 1, 1, 1]], START);
    expect(new Date(next ?? 0).toISOString()).toBe('2026-01-01T16:00:00.000Z');
    expect(operation?.changesAt?.([], START)).toBe(Number.POSITIVE_INFINITY);
    const since = (at: number) => readFeature(shanghai, 'bought', [facet], at)?.value;
    expect(since((next ?? 0) - 1)).toMatchObject({ since_last: 0 });
    expect(since(next ?? 0)).toMatchObject({ since_last: 1 });
  });

  it.each([
    ['/on', { on: ['product_viewed'], window: 'lifetime' }],
    ['/of', { of: 'order.refund', window: 'lifetime' }],
    ['/money', { money: false, window: 'lifetime' }],
    ['/window', { window: '36h' }],
    ['/window', { window: 'month' }],
    ['/zone', { window: 'lifetime', zone: 'Mars/Olympus' }],
    ['/by', { window: 'lifetime', by: 'channel' }],
  ])('refuse at %s: %j', (path, raw) => {
    expect(() => compiled(raw)).toThrow(expect.objectContaining({ code: 'invalid_definition', path }));
  });
});
