import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CatalogItem } from '../../src/model/catalog.ts';
import { compareByPrice } from '../../src/model/price-order.ts';
import { DAY_MS } from '../../src/model/time.ts';
import type { Scored } from '../../src/recommend/candidates.ts';
import { RecentBaskets } from '../../src/recommend/recent-baskets.ts';
import { RecentSessions } from '../../src/recommend/recent-sessions.ts';
import { PartReader } from '../../src/recommend/snapshot-parts.ts';
import { rankAffinity } from '../../src/recommend/strategies/affinity.ts';
import { rankSimilar } from '../../src/recommend/strategies/similar-items.ts';
import { rankTrending } from '../../src/recommend/strategies/trending.ts';
import { TrendingCounters } from '../../src/recommend/trending-counters.ts';
import { affinityOf, companions, similar, trendingOf } from './recommendation-oracle.ts';
import { CATEGORIES, catalogOf, histories, NOW, STORES, worlds } from './recommendation-worlds.ts';

interface Line {
  readonly item: string;
  readonly score: number;
}

const byScore = (a: Line, b: Line): number => b.score - a.score || (a.item < b.item ? -1 : 1);

function plain(list: readonly Scored[]): readonly Line[] {
  return list.map(({ item, score }) => ({ item, score })).sort(byScore);
}

/** The best so many, as a shelf breaks ties: by currency, price and id. */
function bestOf(items: readonly CatalogItem[], lines: readonly Line[], limit: number): readonly Line[] {
  const goods = new Map(items.map((item) => [item.item_id, item]));
  const of = ({ item }: Line): CatalogItem => goods.get(item) ?? { item_id: item };
  return [...lines]
    .sort((a, b) => b.score - a.score || compareByPrice(of(a), of(b)))
    .slice(0, limit)
    .sort(byScore);
}

const limitOf = fc.integer({ min: 1, max: 6 });
const weightOf = fc.constantFrom(1, 0.75, 0.5);

describe('what is similar', () => {
  it('is the best of the whole catalog, though only a few shelves are looked at', () => {
    const sources = fc.array(fc.tuple(fc.nat(20), weightOf), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(worlds, sources, limitOf, (world, picked, limit) => {
        fc.pre(world.items.length > 0);
        const asked = picked.map(([n, weight]) => ({
          item: world.items[n % world.items.length] as CatalogItem,
          weight,
        }));
        const list = rankSimilar(asked, catalogOf(world), limit);
        expect(plain(list)).toEqual(bestOf(world.items, similar(world.items, asked), limit));
      }),
      { numRuns: 500 },
    );
  });
});

describe('what goes with a taste', () => {
  it('is the best of the whole catalog, though only a few shelves are looked at', () => {
    const shares = <T extends string>(names: readonly T[], most: number) =>
      fc
        .uniqueArray(fc.constantFrom(...names), { maxLength: most })
        .chain((chosen) =>
          fc.tuple(...chosen.map((name) => fc.tuple(fc.constant(name), fc.constantFrom(1, 0.6, 0.3)))),
        );
    const tastes = fc.record({
      categories: shares([...CATEGORIES.slice(0, 5), 'women'], 3),
      brands: shares(['Anran', 'Lotus', 'Paseo'], 2),
      price: fc.constantFrom({}, { price: 9_900, currency: 'CNY' }, { price: 14_000.5, currency: 'CNY' }),
    });
    fc.assert(
      fc.property(worlds, tastes, limitOf, (world, taste, limit) => {
        const list = rankAffinity(taste, catalogOf(world), limit);
        expect(plain(list)).toEqual(bestOf(world.items, affinityOf(world.items, taste), limit));
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is bought together', () => {
  it('is what brute force over the newest orders says, best first, of equals by their ids', () => {
    const sources = fc.uniqueArray(fc.tuple(fc.nat(13), weightOf), { maxLength: 3, selector: ([n]) => n });
    fc.assert(
      fc.property(histories, sources, limitOf, (history, picked, limit) => {
        const index = new RecentSessions({
          parameters: { sessionsPerItem: 64 },
          capacity: { sessions: 64, items: 64, postings: 2 ** 10, idleMs: Number.MAX_SAFE_INTEGER },
        });
        for (const { kind, order = '', items, time } of history) {
          if (kind !== 'order' || index.slotOf(order) >= 0) continue;
          for (const { item } of items) index.add(order, { item, weight: 1 }, time);
        }
        const asked = picked.map(([n, weight]) => ({ item: `i${n}`, weight }));
        const expected = companions(history, asked, NOW).filter(({ score }) => score > 0);
        const baskets = new RecentBaskets(index);
        const list = baskets.rank(asked, NOW, limit);
        expect(list.map(({ item, score }) => ({ item, score }))).toEqual(
          [...expected].sort(byScore).slice(0, limit),
        );
        expect(baskets.rank(asked, NOW, limit)).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  it('looks at the newest orders of an item only, and forgets the oldest of all', () => {
    const index = new RecentSessions({
      parameters: { sessionsPerItem: 4 },
      capacity: { sessions: 8, items: 64, postings: 2 ** 10, idleMs: Number.MAX_SAFE_INTEGER },
    });
    for (let n = 0; n < 20; n++)
      for (const item of ['mat', `o${n}`]) index.add(`order-${n}`, { item, weight: 1 }, NOW);
    const found = new RecentBaskets(index).rank([{ item: 'mat', weight: 1 }], NOW, 20);
    expect(found.map(({ item }) => item)).toEqual(['o16', 'o17', 'o18', 'o19']);
    expect(index.sessions).toBe(8);
  });
});

describe('what trends', () => {
  const places = fc.record({
    store: fc.constantFrom(undefined, ...STORES, 'nowhere'),
    category: fc.constantFrom(undefined, 'women/tops', 'home', 'unknown'),
  });

  it('is what brute force over all interactions says', () => {
    fc.assert(
      fc.property(histories, places, (history, place) => {
        const views = history.map((each) => ({ ...each, kind: 'view' as const }));
        const counters = new TrendingCounters({ countersMax: 1_000 });
        for (const { items, store, time } of views)
          for (const { item, category } of items) counters.add({ item, category, store, time, weight: 1 });
        const list = rankTrending(counters, { ...place, now: NOW, limit: 50 });
        expect(plain(list)).toEqual([...trendingOf(views, { ...place, now: NOW })].sort(byScore));
      }),
      { numRuns: 300 },
    );
  });

  it('names the best of a scope exactly, whatever its length, also from a snapshot', () => {
    const steps = fc.array(fc.tuple(fc.nat(30), fc.nat(4), fc.constantFrom(1, 2, 4)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (all, bestMax) => {
        const counters = new TrendingCounters({ halfLifeMs: DAY_MS, bestMax, countersMax: 1_000 });
        const sums = new Map<string, number>();
        for (const [n, days, weight] of all) {
          const item = `i${n}`;
          counters.add({ item, time: NOW + days * DAY_MS, weight });
          const first = all[0]?.[1] ?? 0;
          sums.set(item, (sums.get(item) ?? 0) + weight * 2 ** (days - first));
        }
        const expected = [...sums].map(([item, score]) => ({ item, score })).sort(byScore);
        const read = new TrendingCounters({ halfLifeMs: DAY_MS, bestMax, countersMax: 1_000 });
        read.read(new PartReader(Buffer.concat([...counters.parts()])));
        for (const each of [counters, read]) expect(each.best({}, 100)).toEqual(expected.slice(0, bestMax));
      }),
      { numRuns: 300 },
    );
  });

  it('stays within its bound and keeps what counts most', () => {
    const counters = new TrendingCounters({ halfLifeMs: DAY_MS, bestMax: 4, countersMax: 100 });
    for (let n = 0; n < 2_000; n++) {
      counters.add({ item: `i${n}`, store: `s${n % 7}`, time: NOW + n, weight: 1 });
      counters.add({ item: 'hit', category: 'c', store: 's1', time: NOW + n, weight: 5 });
      expect(counters.counters).toBeLessThanOrEqual(100);
    }
    expect(counters.best({}, 1)).toMatchObject([{ item: 'hit' }]);
    expect(counters.best({ store: 's1' }, 1)).toMatchObject([{ item: 'hit' }]);
    expect(counters.best({ category: 'c' }, 9).map(({ item }) => item)).toEqual(['hit']);
  });

  it('outlives times of any distance', () => {
    const counters = new TrendingCounters({ halfLifeMs: DAY_MS, bestMax: 4, countersMax: 100 });
    const count = (item: string, time: number): void => counters.add({ item, time, weight: 1 });
    count('ancient', 0);
    count('old', NOW - 400 * DAY_MS);
    count('new', NOW);
    count('new', NOW);
    count('older', 5 * DAY_MS);
    count('newest', NOW + DAY_MS);
    count('newest', NOW + 600 * DAY_MS);
    expect(counters.best({}, 9).map(({ item }) => item)).toEqual(['newest', 'new', 'old']);
    expect(counters.best({}, 9).every(({ score }) => score > 0 && Number.isFinite(score))).toBe(true);
  });
});
