import { describe, expect, it } from 'vitest';
import { compileFeatures } from '../../src/features/compile.ts';
import { decodeFacet, encodeFacet } from '../../src/features/encode.ts';
import { expandDefinitions } from '../../src/features/expand.ts';
import { fillFacet } from '../../src/features/fill-facet.ts';
import { foldFeatures } from '../../src/features/fold-facets.ts';
import { readFeature } from '../../src/features/read.ts';
import { addEvent } from '../../src/features/update.ts';
import { pastOf } from '../../src/jobs/backfill/past-of-features.ts';
import type { Event, OrderTransition } from '../../src/model/event.ts';
import type { Facet } from '../../src/model/profile.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { emptyFacet } from '../../src/profile/facets.ts';

const START = Date.UTC(2025, 0, 1);
const options = { reportingCurrency: 'GBP' };
const [definition] = expandDefinitions([
  { name: 'orders', on: 'order_completed', aggregate: 'count', window: 'lifetime' },
]);
const defined = [definition].filter((each) => each !== undefined);
const numbered = (number: number, origin: boolean) =>
  defined.map((each) => ({ number, definition: each, createdAt: START, origin }));
const complete = compileFeatures(numbered(1, true), options);
const filling = { id: 'j-1', definitions: numbered(2, true) };
/** The old number answers; it reads the same as the one that is being filled. */
const live = compileFeatures(numbered(1, false), { ...options, filling });
const past = compileFeatures([], { ...options, filling });
const filled = compileFeatures(numbered(2, true), options);

/** Days after the start; the event happened `ago` hours before it was reported. */
interface Report {
  readonly day: number;
  readonly order: string;
  readonly what?: OrderTransition;
  readonly ago?: number;
}

const TYPES = { completed: 'order_completed', refunded: 'order_refunded', cancelled: 'order_cancelled' };

function eventOf({ day, order, what = 'completed', ago = 0 }: Report, n: number): Event {
  const time = START + day * DAY_MS - ago * HOUR_MS;
  const money = { ledger: true, total: 100, spend: 100, refund: 0, total_only: false };
  return {
    id: `e-${n}`,
    type: TYPES[what],
    time,
    receivedAt: time,
    source: 'till',
    channel: 'store',
    claims: [],
    facet: 'f',
    currency: 'GBP',
    order: { namespace: 'shop', order_id: order, transition: what, refund_id: '', ...money },
    properties: {},
  };
}

/** What the past of a backfill reads of these. */
const readable = (event: Event): boolean => {
  const { types, orders } = pastOf(defined, [{ partition: 0, seq: 1, index: 0 }]);
  return types.includes(event.type) || (orders && event.order !== undefined);
};

function countOf(set: typeof live, facets: readonly Facet[]): unknown {
  return readFeature(set, 'orders', facets, START + 2_000 * DAY_MS)?.value;
}

/** Reports before the cut, between it and the arrival of the past, and after that. */
function fill(before: readonly Report[], between: readonly Report[], after: readonly Report[] = []) {
  const all = [...before, ...between, ...after];
  const events = all.map((report, n) => ({ event: eventOf(report, n), now: START + report.day * DAY_MS }));
  const [whole, scratch] = [emptyFacet('f'), emptyFacet('f')];
  let facet = emptyFacet('f');
  const store = (set: typeof live): void => {
    facet = decodeFacet(set, encodeFacet(set, facet));
  };
  events.forEach(({ event, now }, n) => {
    addEvent(complete, whole, event, now);
    const isPast = n < before.length;
    if (isPast && readable(event)) addEvent(past, scratch, event, now);
    if (n === before.length + between.length) fillFacet(live, facet, { from: scratch, folded: [], now });
    addEvent(isPast ? compileFeatures(numbered(1, false), options) : live, facet, event, now);
    store(live);
  });
  if (after.length === 0) fillFacet(live, facet, { from: scratch, folded: [], now: events.at(-1)?.now ?? 0 });
  store(live);
  store(filled);
  return { filled: countOf(filled, [facet]), whole: countOf(complete, [whole]) };
}

const order = (day: number, name: string, more: Partial<Report> = {}): Report => ({
  day,
  order: name,
  ...more,
});

describe('what history adds to a facet', () => {
  it('counts an order once that was reported before the cut and after it', () => {
    const { filled: count, whole } = fill([order(1, 'a')], [order(2, 'a', { ago: 48 }), order(3, 'b')]);
    expect([count, whole]).toEqual([2, 2]);
  });

  it('counts an order that folded since the cut', () => {
    const { filled: count, whole } = fill(
      [order(1, 'a'), order(2, 'b')],
      [order(402, 'c')],
      [order(403, 'd')],
    );
    expect([count, whole]).toEqual([4, 4]);
  });

  it('counts an order once whose better report came after the cut, and which folded then', () => {
    const between = [order(2, 'a', { ago: 48 }), order(500, 'b')];
    const { filled: count, whole } = fill([order(1, 'a')], between, [order(501, 'c')]);
    expect([count, whole]).toEqual([3, 3]);
  });

  it('counts an order that folds after the past has come', () => {
    const { filled: count, whole } = fill([order(1, 'a')], [order(2, 'b')], [order(3, 'c'), order(500, 'd')]);
    expect([count, whole]).toEqual([4, 4]);
  });

  it('leaves out an order that was cancelled before the cut, though the feature reads no cancellations', () => {
    const before = [order(1, 'a'), order(2, 'a', { what: 'cancelled' }), order(450, 'b')];
    const { filled: count, whole } = fill(before, [order(451, 'c')], [order(452, 'd')]);
    expect([count, whole]).toEqual([3, 3]);
  });

  it('leaves out an order that is cancelled after the cut', () => {
    const { filled: count, whole } = fill(
      [order(1, 'a')],
      [order(2, 'a', { what: 'cancelled' })],
      [order(3, 'b')],
    );
    expect([count, whole]).toEqual([1, 1]);
  });

  it('goes along into the part that takes in the oldest facets, before it comes and after', () => {
    const views = expandDefinitions([{ name: 'views', on: 'seen', aggregate: 'count', window: 'lifetime' }]);
    const viewsOf = (number: number) =>
      views.map((each) => ({ number, definition: each, createdAt: START, origin: true }));
    const fillingViews = { id: 'j-2', definitions: viewsOf(2) };
    const set = compileFeatures([], { ...options, filling: fillingViews });
    const seen = (n: number): Event =>
      ({ ...eventOf(order(n, 'a'), n), type: 'seen', order: undefined }) as never;
    const [facet, into, scratch] = [emptyFacet('f'), emptyFacet('z-p'), emptyFacet('f')];
    for (const n of [1, 2]) addEvent(set, scratch, seen(n), START);
    addEvent(set, facet, seen(3), START);
    foldFeatures(set, into, facet, START);
    fillFacet(set, into, { from: scratch, folded: [into], now: START });
    const visible = compileFeatures(viewsOf(2), options);
    expect(readFeature(visible, 'views', [into], START)?.value).toBe(3);
  });

  it('is not read under any name before it is complete', () => {
    expect([...live.byName.keys()]).toEqual(['orders']);
    expect(live.byName.get('orders')?.number).toBe(1);
    expect([...past.byName.keys()]).toEqual([]);
  });
});
