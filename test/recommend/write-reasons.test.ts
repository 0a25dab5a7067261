import { describe, expect, it } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import type { CatalogItem } from '../../src/model/catalog.ts';
import type { ItemFacts } from '../../src/model/item-facts.ts';
import { keys } from '../../src/model/keys.ts';
import type { BlendedStrategy } from '../../src/model/placement.ts';
import { compilePlacements } from '../../src/recommend/compile-placements.ts';
import type { RecommendationQuery, RecommendedList } from '../../src/recommend/recommendation-query.ts';
import { Recommender } from '../../src/recommend/recommender.ts';

/** 9 in the morning in Shanghai, 1 in the morning in London. */
const NOW = Date.parse('2026-03-10T01:00:00Z');
const HOUR_MS = 3_600_000;

const goods: readonly CatalogItem[] = [
  {
    item_id: 'mat',
    name: 'yoga mat',
    category: 'sport/yoga',
    brand: 'Lotus',
    price: 19_900,
    currency: 'CNY',
    looks: ['calm'],
  },
  {
    item_id: 'block',
    name: 'yoga block',
    category: 'sport/yoga',
    brand: 'Lotus',
    price: 9_900,
    currency: 'CNY',
  },
  {
    item_id: 'leggings',
    name: 'leggings',
    category: 'women/pants',
    brand: 'Lotus',
    price: 29_900,
    currency: 'CNY',
    looks: ['calm'],
    variants: ['S', 'L'].map((size) => ({ variant_id: `leggings-${size}`, size })),
  },
];

/** With room for little, which is there at once. */
function smallRecommender(): Recommender {
  const index = { capacity: { sessions: 64, items: 64, postings: 2 ** 10 } };
  return new Recommender({ sessions: index, baskets: index, trending: { countersMax: 100 } });
}

function catalog(): Catalog {
  const all = new Catalog();
  for (const item of goods) all.take(keys.catalogItem(item.item_id), item);
  const at = { reserved: 0, safety: 0, at: NOW, store: 'SH-001' };
  all.take(keys.store('SH-001'), { store_id: 'SH-001', zone: 'Asia/Shanghai', aliases: ['310001'] });
  all.take(keys.stock('SH-001', 'leggings-L'), {
    item_id: 'leggings',
    variant_id: 'leggings-L',
    quantity: 1,
    ...at,
  });
  return all;
}

function did(item: string, deed: string, hoursAgo: number, more: object = {}): ItemFacts {
  return { item, deeds: { [deed]: { time: NOW - hoursAgo * HOUR_MS, tie: '', channel: 'web', ...more } } };
}

function ask(
  strategy: BlendedStrategy,
  items: readonly ItemFacts[],
  {
    recommender = smallRecommender(),
    ...rest
  }: Partial<RecommendationQuery> & { readonly recommender?: Recommender } = {},
): RecommendedList {
  const placement = compilePlacements([{ name: 'place', blend: { [strategy]: 1 } }]).get('place');
  if (placement === undefined) expect.fail('the placement is there');
  const person = { profile: 'p', items, shown: new Map() };
  return recommender.recommend({ placement, now: NOW, catalog: catalog(), person, ...rest });
}

function texts(list: RecommendedList, item: string): readonly string[] | undefined {
  return list.items.find(({ item_id }) => item_id === item)?.reasons.map(({ text }) => text);
}

describe('reasons', () => {
  it('say what somebody did and when, on the clock of the store', () => {
    // 3 hours before 9 is today there; it is yesterday where nobody knows of a zone.
    expect(texts(ask('interest', [did('mat', 'viewed', 3)], { store: '310001' }), 'mat')).toEqual([
      'viewed online today',
    ]);
    expect(texts(ask('interest', [did('mat', 'viewed', 3)]), 'mat')).toEqual(['viewed online yesterday']);
    expect(texts(ask('interest', [did('mat', 'viewed', 3)], { zone: 'Asia/Shanghai' }), 'mat')).toEqual([
      'viewed online today',
    ]);
    const long = [did('mat', 'favorited', 5 * 24), did('block', 'tried', 21 * 24, { store: 'SH-001' })];
    expect(texts(ask('interest', long), 'mat')).toEqual(['put on the wish list 5 days ago']);
    expect(texts(ask('interest', long), 'block')).toEqual(['tried 3 weeks ago']);
    expect(texts(ask('interest', [did('mat', 'viewed', 24, { store: 'SH-001' })]), 'mat')).toEqual([
      'viewed in the store yesterday',
    ]);
    expect(texts(ask('interest', [did('mat', 'carted', 100 * 24)]), 'mat')).toEqual([
      'put in the cart 3 months ago',
    ]);
  });

  it('speak Chinese to whoever reads it', () => {
    const list = ask('interest', [did('mat', 'viewed', 24)], { locale: 'zh-CN' });
    expect(texts(list, 'mat')).toEqual(['昨天在线浏览过']);
    expect(texts(ask('similar', [], { item: 'mat', locale: 'zh-CN' }), 'block')).toEqual([
      '与「yoga mat」相似',
    ]);
  });

  it('name what an item was bought with, and whose that is', () => {
    const recommender = smallRecommender();
    recommender.learn({
      profile: 'q',
      time: NOW - HOUR_MS,
      event: 'e',
      kind: 'order',
      channel: 'pos',
      store: 'SH-001',
      order: 'o',
      items: [{ item: 'mat' }, { item: 'block' }],
    });
    const own = ask('bought_together', [did('mat', 'ordered', 24)], { recommender });
    expect(own.items[0]?.reasons[0]).toEqual({
      code: 'bought_with_owned',
      item_id: 'mat',
      text: 'bought with the yoga mat that you have',
    });
    expect(texts(ask('bought_together', [], { recommender, cart: ['mat'] }), 'block')).toEqual([
      'bought with the yoga mat in your cart',
    ]);
    expect(texts(ask('trending', [], { recommender, store: '310001' }), 'block')).toEqual([
      'trending in this store',
    ]);
    expect(texts(ask('trending', [], { recommender }), 'block')).toEqual(['trending now']);
    expect(texts(ask('session', [did('mat', 'viewed', 1)], { recommender }), 'block')).toEqual([
      'liked by people who looked at the yoga mat',
    ]);
  });

  it('say what is there in the size that fits', () => {
    const worn = ['a', 'b'].map((item) => ({
      ...did(item, 'ordered', 48, { size: 'L' }),
      category: 'women/pants',
    }));
    const list = ask('similar', [...worn, did('mat', 'viewed', 1)], { store: '310001' });
    expect(list.items.find(({ item_id }) => item_id === 'leggings')).toMatchObject({
      variant_id: 'leggings-L',
    });
    expect(texts(list, 'leggings')).toEqual([
      'goes with the yoga mat',
      'in your size, L',
      'in stock in this store',
    ]);
  });

  it('name brands and categories that somebody likes', () => {
    const list = ask('affinity', [did('mat', 'viewed', 1)]);
    expect(texts(list, 'leggings')).toEqual(['from Lotus, a brand that you like']);
    expect(list.strategy).toBe('affinity');
  });
});
