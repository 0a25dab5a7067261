import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFeatures } from '../../src/features/compile.ts';
import { decodeFacet, encodeFacet } from '../../src/features/encode.ts';
import { addEvent } from '../../src/features/update.ts';
import { limits } from '../../src/limits.ts';
import type { Event } from '../../src/model/event.ts';
import { BETWEEN_MOMENTS } from '../../src/model/item-facts.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Facet } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { applyItems, uniteItems } from '../../src/profile/items.ts';
import { readItems } from '../../src/profile/read-items.ts';
import { eventOf } from '../support/fold-world.ts';

const SEED = 11;
const NOW = 1_000;

const order = (id: string, more: Partial<Event['order'] & object> = {}): Event['order'] & object => ({
  namespace: 'shop',
  order_id: id,
  transition: 'completed',
  refund_id: '',
  ledger: true,
  total: 0,
  spend: 0,
  refund: 0,
  total_only: false,
  ...more,
});

const features = compileFeatures([], { reportingCurrency: 'CNY' });

function facetOf(events: readonly Event[], id = 'f'): Facet {
  const facet = emptyFacet(id);
  for (const each of events) {
    applyItems(facet, each);
    addEvent(features, facet, each, NOW);
  }
  return facet;
}

const bytesOf = (facet: Facet): string => JSON.stringify(encodeFacet(features, facet));
const event = (id: string, type: string, properties: JsonObject, more: Partial<Event> = {}): Event =>
  eventOf(id, ['u1'], { type, properties, ...more });

/** More items than a facet keeps, so that some have to go. */
const ITEMS = limits.itemsPerDeedMax + 12;

const viewing: fc.Arbitrary<Event> = fc
  .record({
    n: fc.nat(1_000_000),
    item: fc.nat(ITEMS - 1),
    time: fc.nat(60),
    size: fc.constantFrom('S', 'L', undefined),
    type: fc.constantFrom(...Array.from({ length: 8 }, () => 'product_viewed'), 'product_added'),
  })
  .map(({ n, item, time, size, type }) =>
    event(`e${n}`, type, { item_id: `i${item}`, ...(size && { size }) }, { time }),
  );
const viewings = fc.uniqueArray(viewing, { selector: ({ id }) => id, minLength: 260, maxLength: 300 });

/** The newest items of a deed, worked out from all of its events at once. */
function newest(events: readonly Event[], type: string): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const each of events) {
    if (each.type !== type) continue;
    const item = String(each.properties.item_id);
    times.set(item, Math.max(each.time, times.get(item) ?? -1));
  }
  const all = [...times].sort(([, a], [, b]) => b - a);
  return new Map(all.slice(0, limits.itemsPerDeedMax));
}

describe('what a profile remembers of items', () => {
  it('is the newest of each deed, and the newest items of each', () => {
    let crowded = 0;
    fc.assert(
      fc.property(viewings, (events) => {
        // Apart in time, so that nothing is left to a tie.
        const apart = events.map((each, n) => ({ ...each, time: each.time * 1_000 + n }));
        const facts = readItems([facetOf(apart)]);
        if (new Set(events.map(({ properties }) => properties.item_id)).size > limits.itemsPerDeedMax)
          crowded++;
        const views = facts.filter(({ deeds }) => deeds.viewed !== undefined);
        expect(new Map(views.map(({ item, deeds }) => [item, deeds.viewed?.time]))).toEqual(
          newest(apart, 'product_viewed'),
        );
        const times = facts.map(({ deeds }) => Math.max(...Object.values(deeds).map(({ time }) => time)));
        expect(times).toEqual(times.toSorted((a, b) => b - a));
      }),
      { seed: SEED, numRuns: 60 },
    );
    expect(crowded).toBeGreaterThan(0);
  });

  it('is the same bytes in whatever order the events come, and in whatever parts facets are united', () => {
    fc.assert(
      fc.property(viewings, fc.nat(300), fc.infiniteStream(fc.nat()), (events, cut, chances) => {
        const expected = bytesOf(facetOf(events));
        const keyed = events.map((each) => ({ each, at: chances.next().value ?? 0 }));
        const shuffled = keyed.sort((a, b) => a.at - b.at).map(({ each }) => each);
        expect(bytesOf(facetOf(shuffled))).toBe(expected);
        const [one, other] = [facetOf(shuffled.slice(0, cut)), facetOf(shuffled.slice(cut))];
        uniteItems(one, other);
        expect(bytesOf(one)).toBe(expected);
        expect(bytesOf(decodeFacet(features, JSON.parse(expected)))).toBe(expected);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('is the union over facets, and each takes its own along', () => {
    const web = facetOf([event('e1', 'product_viewed', { item_id: 'mat', brand: 'Lumen' }, { time: 5 })]);
    const till = facetOf(
      [
        event(
          'e2',
          'product_viewed',
          { item_id: 'mat', variant_id: 'mat-l', size: 'L', category: 'yoga' },
          { time: 9 },
        ),
        event('e3', 'product_tried', { item_id: 'top' }, { time: 7, context: { store: 'SH-1' } }),
      ],
      'g',
    );
    expect(readItems([web, till])).toEqual(readItems([till, web]));
    expect(readItems([web, till])).toMatchObject([
      { item: 'mat', category: 'yoga', deeds: { viewed: { time: 9, variant: 'mat-l', size: 'L' } } },
      { item: 'top', deeds: { tried: { time: 7, store: 'SH-1', channel: 'web' } } },
    ]);
    expect(readItems([web])).toMatchObject([{ item: 'mat', brand: 'Lumen', deeds: { viewed: { time: 5 } } }]);
  });
});

const products = [
  { item_id: 'mat', quantity: 2, size: 'M', size_system: 'EU' },
  { item_id: 'box', kind: 'freight' },
];
const deedsOf = (...events: readonly Event[]): JsonObject =>
  JSON.parse(
    JSON.stringify(Object.fromEntries(readItems([facetOf(events)]).map(({ item, deeds }) => [item, deeds]))),
  );

describe('an order', () => {
  const bought = event(
    'e1',
    'order_completed',
    { products, sold_in: 'SH-1' },
    { time: 5, order: order('o1') },
  );

  it('is remembered by its goods, with size and store', () => {
    expect(deedsOf(bought)).toMatchObject({
      mat: { ordered: { time: 5, quantity: 2, size: 'M', size_system: 'EU', store: 'SH-1' } },
    });
    expect(Object.keys(deedsOf(bought))).toEqual(['mat']);
  });

  it('is none once it was cancelled, whichever came first and under whichever identifier', () => {
    const cancelled = event(
      'e2',
      'order_cancelled',
      {},
      { time: 6, order: order('o1', { transition: 'cancelled' }) },
    );
    expect(deedsOf(bought, cancelled)).toEqual({});
    expect(readItems([facetOf([cancelled]), facetOf([bought], 'g')])).toEqual([]);
    expect(
      Object.keys(deedsOf(bought, { ...cancelled, order: order('o2', { transition: 'cancelled' }) })),
    ).toEqual(['mat']);
  });

  it('that was cancelled leaves the one before it, in whatever order and parts they come', () => {
    const orders = fc.uniqueArray(
      fc.record({
        id: fc.nat(5),
        item: fc.constantFrom('mat', 'top'),
        time: fc.nat(9),
        isCancelled: fc.boolean(),
      }),
      { selector: ({ id }) => id, maxLength: limits.itemOrdersMax },
    );
    fc.assert(
      fc.property(orders, fc.nat(9), (all, cut) => {
        const events = all.flatMap(({ id, item, time, isCancelled }) => {
          const goods = { products: [{ item_id: item }] };
          const done = event(`e${id}`, 'order_completed', goods, { time, order: order(`o${id}`) });
          // Another report of the same order, which makes no second one of it.
          const again = event(`a${id}`, 'order_completed', goods, { time: time + 1, order: order(`o${id}`) });
          const gone = order(`o${id}`, { transition: 'cancelled' });
          return isCancelled
            ? [done, again, event(`c${id}`, 'order_cancelled', {}, { time: 20, order: gone })]
            : [done, again];
        });
        const expected = new Map<string, number>();
        for (const { item, time, isCancelled } of all)
          if (!isCancelled) expected.set(item, Math.max(time + 1, expected.get(item) ?? 0));
        const one = facetOf(events.slice(0, cut));
        for (const facets of [[facetOf(events.toReversed())], [one, facetOf(events.slice(cut), 'g')]])
          expect(new Map(readItems(facets).map(({ item, deeds }) => [item, deeds.ordered?.time]))).toEqual(
            expected,
          );
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('keeps the newest few of each item, the same bytes in whatever order they come', () => {
    const orders = fc.array(fc.tuple(fc.nat(6), fc.constantFrom('mat', 'top'), fc.nat(9)), { maxLength: 24 });
    fc.assert(
      fc.property(orders, fc.nat(24), (all, cut) => {
        const events = all.map(([id, item, time], n) =>
          event(
            `e${n}`,
            'order_completed',
            { products: [{ item_id: item }] },
            { time, order: order(`o${id}`) },
          ),
        );
        const [one, other] = [facetOf(events.slice(cut)), facetOf(events.slice(0, cut))];
        uniteItems(one, other);
        const kept = facetOf(events).items ?? [];
        for (const item of ['mat', 'top']) {
          const orders = new Map<string, number>();
          for (const [id, of, time] of all)
            if (of === item) orders.set(`o${id}`, Math.max(time, orders.get(`o${id}`) ?? 0));
          const times = [...orders.values()].sort((a, b) => b - a).slice(0, limits.itemOrdersMax);
          const own = kept.flatMap(([, moments]) =>
            moments.split(BETWEEN_MOMENTS).filter((each) => each.startsWith(`${item}\n`)),
          );
          expect(own.map((each) => Number(each.split('\n')[1]))).toEqual(times);
        }
        const expected = JSON.stringify(kept);
        expect(JSON.stringify(facetOf(events.toReversed()).items ?? [])).toBe(expected);
        expect(JSON.stringify(one.items ?? [])).toBe(expected);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('that a browser copied, or that is not paid, only closes the cart', () => {
    const copied = { ...bought, order: order('o1', { ledger: false }) };
    expect(Object.keys(deedsOf(copied).mat ?? {})).toEqual(['uncarted']);
    const placed = event('e3', 'order_placed', { products, order_id: 'o1' }, { time: 4 });
    expect(Object.keys(deedsOf(placed).mat ?? {})).toEqual(['uncarted']);
  });

  it('is returned by refunds that bring goods back, and by no others', () => {
    const refund = (kind: string | undefined) =>
      event(
        'e2',
        'order_refunded',
        { products, ...(kind && { kind }) },
        { time: 6, order: order('o1', { transition: 'refunded' }) },
      );
    expect(deedsOf(bought, refund('return'))).toMatchObject({ mat: { returned: { time: 6 } } });
    expect(deedsOf(bought, refund(undefined))).toMatchObject({ mat: { returned: { time: 6 } } });
    for (const kind of ['refund_only', 'price_adjustment'])
      expect(Object.keys(deedsOf(bought, refund(kind)).mat ?? {})).toEqual(['ordered']);
  });

  it('for somebody else says nothing of sizes', () => {
    const gift = { ...bought, properties: { ...bought.properties, gift: true } };
    expect(deedsOf(gift)).toMatchObject({ mat: { ordered: { quantity: 2 } } });
    expect(JSON.stringify(deedsOf(gift))).not.toContain('"M"');
  });
});

describe('other events', () => {
  it('say what they say: taken off a wish list, led on from a recommendation, nobody there, no item', () => {
    const favorite = event('e1', 'product_favorited', { item_id: 'mat' }, { time: 1 });
    expect(deedsOf(favorite)).toMatchObject({ mat: { favorited: { time: 1 } } });
    expect(
      deedsOf(favorite, event('e2', 'product_favorited', { item_id: 'mat', removed: true }, { time: 2 })),
    ).toEqual({});
    const led = event('e3', 'product_viewed', { item_id: 'mat', recommendation_id: 'r1' }, { time: 3 });
    expect(Object.keys(deedsOf(led).mat ?? {})).toEqual(['viewed', 'clicked']);
    const shown = event('e4', 'recommendation_shown', { products: [{ item_id: 'a' }, { item_id: 'b' }] });
    expect(Object.keys(deedsOf(shown))).toEqual(['a', 'b']);
    const nobody = eventOf('e5', [], { properties: { item_id: 'mat' } });
    expect(facetOf([nobody]).items).toBeUndefined();
    expect(facetOf([event('e6', 'product_viewed', { name: 'mat' })]).items).toBeUndefined();
    expect(Object.keys(deedsOf(event('e7', 'product_viewed', { variant_id: 'mat-l' })))).toEqual(['mat-l']);
  });
});
