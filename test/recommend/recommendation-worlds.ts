import fc from 'fast-check';
import { Catalog } from '../../src/catalog/catalog.ts';
import type { CatalogItem, StockLevel } from '../../src/model/catalog.ts';
import type { ItemDeed, ItemFacts } from '../../src/model/item-facts.ts';
import { keys } from '../../src/model/keys.ts';
import type { PlacementDefinition } from '../../src/model/placement.ts';
import type { Interaction, InteractionKind, RecommendationPerson } from '../../src/model/recommendation.ts';
import { DAY_MS } from '../../src/model/time.ts';

/** A little world of goods, stores and people; times lie whole half-lives apart, so that decayed sums are exact. */
export const NOW = 1_760_000_000_000;
export const STEP_MS = 90 * DAY_MS;

const ITEMS = Array.from({ length: 14 }, (_, n) => `i${n}`);
export const CATEGORIES = [
  'women/tops',
  'women/tops/tees',
  'women/shoes',
  'men/tops',
  'home',
  'a/b/c/d/e/f/g',
];
const BRANDS = ['Anran', 'Lotus', 'Paseo'];
export const STORES = ['s1', 's2'];
const SIZES = ['S', 'M', 'L', 'XL', '38', '39', 'one'];

const itemName = fc.constantFrom(...ITEMS);

const goods: fc.Arbitrary<CatalogItem> = fc
  .record(
    {
      category: fc.constantFrom(...CATEGORIES),
      brand: fc.constantFrom(...BRANDS),
      money: fc.constantFrom(
        ...[5_000, 9_900, 10_000, 20_000, 20_000].map((price) => ({ price, currency: 'CNY' })),
        {
          price: 9_900,
          currency: 'JPY',
        },
      ),
      sizes: fc.uniqueArray(fc.constantFrom(...SIZES), { minLength: 1, maxLength: 3 }),
      looks: fc.constantFrom(['l1'], ['l2'], ['l1', 'l2']),
      launch_at: fc.constantFrom(NOW - DAY_MS, NOW + DAY_MS),
      boosts: fc.constantFrom([{ factor: 2 }], [{ factor: 4, until: NOW }], [{ factor: 0.5, from: NOW }]),
      consumable: fc.constant(true),
    },
    { requiredKeys: [] },
  )
  .map(({ money, sizes, ...rest }) => ({
    item_id: '',
    ...rest,
    ...money,
    ...(sizes && { variants: sizes.map((size) => ({ variant_id: size, size })) }),
  }));

export interface World {
  readonly items: readonly CatalogItem[];
  readonly stock: readonly StockLevel[];
}

export const worlds: fc.Arbitrary<World> = fc
  .record({
    items: fc.oneof(
      { weight: 9, arbitrary: fc.array(fc.tuple(itemName, goods), { minLength: 12, maxLength: 24 }) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    stock: fc.array(
      fc.tuple(fc.nat(40), fc.constantFrom(...STORES, 'warehouse'), fc.constantFrom(0, 1, 2, -1)),
      {
        maxLength: 20,
      },
    ),
  })
  .map(({ items, stock }) => {
    const named = [...new Map(items)].map(([item_id, item]) => withId(item_id, item));
    const variants = named.flatMap(({ item_id, variants: own }) =>
      own === undefined
        ? [{ item_id, variant_id: item_id }]
        : own.map(({ variant_id }) => ({ item_id, variant_id })),
    );
    const levels = stock.flatMap(([n, store, quantity]): StockLevel[] => {
      const of = variants[n % Math.max(1, variants.length)];
      return of === undefined
        ? []
        : [{ ...of, store, quantity, reserved: 0, safety: quantity === 2 ? 2 : 0, at: NOW }];
    });
    const latest = new Map(levels.map((level) => [`${level.store}/${level.variant_id}`, level]));
    return { items: named, stock: [...latest.values()] };
  });

function withId(item_id: string, { variants, ...item }: CatalogItem): CatalogItem {
  const own = variants?.map(({ size }) => ({ variant_id: `${item_id}-${size}`, ...(size && { size }) }));
  return { ...item, item_id, ...(own && { variants: own }) };
}

/** In an order that says nothing: the catalog must not go by it. */
export function catalogOf({ items, stock }: World, shuffled = (n: number): number => n): Catalog {
  const catalog = new Catalog();
  const rows: (readonly [string, object])[] = [
    ...items.map((item) => [keys.catalogItem(item.item_id), item] as const),
    ...stock.map((level) => [keys.stock(level.store, level.variant_id), level] as const),
  ];
  for (const [, [key, row]] of [...rows.entries()].sort(([a], [b]) => shuffled(a) - shuffled(b)))
    catalog.take(key, row);
  return catalog;
}

const KINDS: readonly InteractionKind[] = ['view', 'cart', 'try', 'favorite', 'inquire', 'order'];

/** In the order of their times. */
export const histories: fc.Arbitrary<readonly Interaction[]> = fc
  .array(
    fc.record({
      profile: fc.constantFrom('', 'p1', 'p2', 'p3', 'p4'),
      kind: fc.constantFrom(...KINDS, 'view' as const, 'order' as const),
      order: fc.nat(12),
      store: fc.constantFrom(undefined, ...STORES),
      items: fc.uniqueArray(itemName, { minLength: 1, maxLength: 4 }),
      category: fc.constantFrom(undefined, 'women/tops', 'home'),
      step: fc.integer({ min: 0, max: 6 }),
    }),
    { minLength: 10, maxLength: 60 },
  )
  .map((all) =>
    all
      .sort((a, b) => a.step - b.step)
      .map(({ profile, kind, order, store, items, category, step }, n) => ({
        profile,
        time: NOW - (6 - step) * STEP_MS,
        event: `e${n}`,
        kind,
        channel: 'web',
        ...(store && { store }),
        ...(kind === 'order' && { order: `o${order}` }),
        items: items.map((item) => ({ item, ...(category && { category }) })),
      })),
  );

const deeds: readonly ItemDeed[] = [
  'viewed',
  'carted',
  'uncarted',
  'favorited',
  'tried',
  'ordered',
  'returned',
];

const facts: fc.Arbitrary<ItemFacts> = fc
  .record({
    item: itemName,
    done: fc.array(
      fc.record({
        deed: fc.constantFrom(...deeds),
        daysAgo: fc.constantFrom(0, 1, 7, 14, 200, 400),
        size: fc.constantFrom(undefined, 'S', 'L', '39'),
        variant: fc.constantFrom(undefined, 'M', 'L'),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ item, done }) => ({
    item,
    category: 'women/tops',
    deeds: Object.fromEntries(
      done.map(({ deed, daysAgo, size, variant }, n) => [
        deed,
        {
          time: NOW - daysAgo * DAY_MS,
          tie: `${n}`,
          channel: 'web',
          ...(size && { size }),
          ...(variant && { variant: `${item}-${variant}` }),
        },
      ]),
    ),
  }));

export const people: fc.Arbitrary<RecommendationPerson> = fc
  .record({
    items: fc.uniqueArray(facts, { maxLength: 10, selector: ({ item }) => item }),
    shown: fc.array(fc.tuple(itemName, fc.constantFrom(0, 1, 2)), { maxLength: 4 }),
    sizes: fc.constantFrom(undefined, ['L'], ['M', '39']),
  })
  .map(({ items, shown, sizes }) => ({
    profile: 'p1',
    items,
    shown: new Map(shown.map(([item, days]) => [item, NOW - days * DAY_MS])),
    ...(sizes && { sizes }),
  }));

/** What would leave out nearly everything. */
function rarely<T extends object>(some: fc.Arbitrary<T>): fc.Arbitrary<T | Record<string, never>> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: some });
}

export const placementTexts: fc.Arbitrary<PlacementDefinition> = fc
  .record(
    {
      blend: fc.record(
        {
          interest: fc.constantFrom(1, 0.5),
          session: fc.constantFrom(1, 0.5),
          bought_together: fc.constantFrom(1, 0.25),
          similar: fc.constantFrom(1, 0.5),
          affinity: fc.constantFrom(1, 0.5),
        },
        { requiredKeys: [] },
      ),
      stock: fc.record(
        {
          where: fc.constantFrom('store' as const, 'deliverable' as const, 'any' as const),
          strict: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      fit_size: fc.boolean(),
      bought_within: fc.constantFrom('30d', '365d', 'never'),
      returned_within: fc.constantFrom('30d', 'never'),
      price: rarely(
        fc.record(
          {
            min: fc.constant(60),
            max: fc.constant(150),
            currency: fc.constantFrom('CNY', 'JPY'),
            factor: fc.constantFrom(1.5, 2),
          },
          { requiredKeys: [] },
        ),
      ),
      per_category: fc.integer({ min: 1, max: 3 }),
      per_brand: fc.integer({ min: 1, max: 3 }),
      exclude: rarely(
        fc.record(
          {
            items: fc.constantFrom(['i3'], ['i4-L', 'i5']),
            categories: fc.constantFrom(['women'], ['women/top', 'home']),
            brands: fc.constant(['Paseo']),
            where: fc.constantFrom(
              { price: { gt: 150 } },
              { any: [{ brand: { equals: 'Lotus' } }, { not: { category: { exists: true } } }] },
            ),
          },
          { requiredKeys: [] },
        ),
      ),
      pins: fc.array(
        fc.record(
          { item: itemName, stores: fc.constantFrom(['s1'], ['s2', 's1']) },
          { requiredKeys: ['item'] },
        ),
        { maxLength: 2 },
      ),
      before_launch: fc.boolean(),
      shown: fc.record({ factor: fc.constantFrom(0, 0.5) }),
      remind_closed_carts: fc.boolean(),
    },
    { requiredKeys: ['blend'] },
  )
  .map(({ blend, ...rest }) => ({ name: 'place', ...rest, blend: { trending: 0.5, ...blend } }));

export const questions = fc.record(
  {
    store: fc.constantFrom(...STORES, 'elsewhere'),
    item: itemName,
    cart: fc.uniqueArray(itemName, { maxLength: 3 }),
    limit: fc.constantFrom(0, 1, 3, 20, 20, 20),
  },
  { requiredKeys: [] },
);
