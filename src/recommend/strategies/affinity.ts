import type { CatalogItem } from '../../model/catalog.ts';
import { compareByPrice, priceCloseness } from '../../model/price-order.ts';
import type { Scored } from '../candidates.ts';
import type { Goods, ShelfName } from '../recommendation-query.ts';
import { brandShare, categoryShare, type Taste } from '../taste.ts';

const PRICE_WEIGHT = 0.5;

/**
 * The best of what goes with somebody's taste, of everything in the catalog, in no order:
 *
 *   score(j) = share of its category + share of its brand + closeness of its price to the usual one / 2
 *
 * where one of the first two is not 0. On each shelf of the taste only the price can make up for what an item that is further
 * away lacks, so the nearest of all shelves together hold the best; shelves come in the order of what they promise, until
 * none promises more than what is found.
 */
export function rankAffinity(taste: Taste, catalog: Goods, limit: number): readonly Scored[] {
  const found = new Map<CatalogItem, Found>();
  for (const { name, promise } of shelvesOf(taste)) {
    if (found.size >= limit && countAbove(found, promise + PRICE_WEIGHT) >= limit) break;
    for (const goods of catalog.nearest(name, taste.price, limit))
      if (!found.has(goods)) found.set(goods, affinityOf(goods, taste));
  }
  const list = [...found.values()];
  if (list.length <= limit) return list;
  return list.sort((a, b) => b.score - a.score || compareByPrice(a.goods, b.goods)).slice(0, limit);
}

interface Found extends Scored {
  readonly goods: CatalogItem;
}

interface PromisingShelf {
  readonly name: ShelfName;
  /** What each of its items scores at least. */
  readonly promise: number;
}

function shelvesOf({ categories, brands }: Taste): readonly PromisingShelf[] {
  const shelves: PromisingShelf[] = [];
  for (const [category, share] of categories) {
    shelves.push({ name: { category }, promise: share });
    for (const [brand, more] of brands) shelves.push({ name: { category, brand }, promise: share + more });
  }
  for (const [brand, share] of brands) shelves.push({ name: { brand }, promise: share });
  return shelves.sort((a, b) => b.promise - a.promise);
}

function countAbove(found: ReadonlyMap<CatalogItem, Found>, bound: number): number {
  let count = 0;
  for (const { score } of found.values()) if (score > bound) count++;
  return count;
}

function affinityOf(goods: CatalogItem, taste: Taste): Found {
  const { price, currency } = taste.price;
  const category = categoryShare(taste, goods.category);
  const brand = brandShare(taste, goods);
  const closeness = goods.currency === currency ? priceCloseness(goods.price, price) : 0;
  return {
    item: goods.item_id,
    goods,
    score: category + brand + PRICE_WEIGHT * closeness,
    because: brand >= category ? 'brand' : 'category',
  };
}
