import { limits } from '../../limits.ts';
import type { CatalogItem } from '../../model/catalog.ts';
import { compareByPrice, priceCloseness } from '../../model/price-order.ts';
import type { Scored } from '../candidates.ts';
import type { Goods, ShelfName } from '../recommendation-query.ts';

export interface SimilarSource {
  readonly item: CatalogItem;
  readonly weight: number;
}

/** A step of the category's path counts more than the brand, the brand more than the price, an outfit as much as a step. */
const STEP = 3;
const BRAND = 1.5;
const LOOK = 3;

/**
 * The best, in no order, of what is like an item by what the catalog says of both, so that new items are found, too:
 *
 *   similar(q, j) = (3 × common steps of the category + 1.5 if of one brand + closeness of price + 3 if of one outfit)
 *                   / the same of q itself without outfits
 *   score(j)      = most of weight(q) × similar(q, j) over the sources q, j itself excepted
 */
export function rankSimilar(
  sources: readonly SimilarSource[],
  catalog: Goods,
  limit: number,
): readonly Scored[] {
  const found = new Map<CatalogItem, Found>();
  for (const { item: source, weight } of sources) {
    const steps = stepsOf(source);
    for (const goods of companyOf(source, steps, { catalog, limit })) {
      const score = weight * similarity(source, steps, goods);
      const known = found.get(goods);
      if (known === undefined || score > known.score)
        found.set(goods, { item: goods.item_id, goods, score, because: source.item_id });
    }
  }
  const list = [...found.values()];
  if (list.length <= limit) return list;
  return list.sort((a, b) => b.score - a.score || compareByPrice(a.goods, b.goods)).slice(0, limit);
}

interface Found extends Scored {
  readonly goods: CatalogItem;
}

function stepsOf({ category }: CatalogItem): readonly string[] {
  return category === undefined ? [] : category.split('/').slice(0, limits.catalogShelfDepthMax);
}

/** Outfits, then shelf after shelf, the most alike first, until there are enough: whatever comes later is less like it. */
function companyOf(
  source: CatalogItem,
  steps: readonly string[],
  { catalog, limit }: { readonly catalog: Goods; readonly limit: number },
): Iterable<CatalogItem> {
  const found = new Set<CatalogItem>();
  for (const shelf of shelvesOf(source, steps)) {
    for (const item of catalog.nearest(shelf, source, limit + 1))
      if (item.item_id !== source.item_id) found.add(item);
    if (found.size >= limit) break;
  }
  for (const look of source.looks ?? []) {
    for (const id of catalog.look(look)) {
      const item = catalog.itemOf(id);
      if (item !== undefined && id !== source.item_id) found.add(item);
    }
  }
  return found;
}

function* shelvesOf({ brand }: CatalogItem, steps: readonly string[]): Iterable<ShelfName> {
  for (let length = steps.length; length > 0; length--) {
    const category = steps.slice(0, length).join('/');
    if (brand !== undefined) yield { category, brand };
    yield { category };
  }
  if (brand !== undefined) yield { brand };
}

function similarity(source: CatalogItem, steps: readonly string[], item: CatalogItem): number {
  const closeness = item.currency === source.currency ? priceCloseness(item.price, source.price) : 0;
  const whole = STEP * steps.length + BRAND + 1;
  const brand = item.brand !== undefined && item.brand === source.brand ? BRAND : 0;
  const look = isOfOneLook(source, item) ? LOOK : 0;
  return (STEP * commonSteps(steps, item.category) + brand + closeness + look) / whole;
}

/** Compared where it lies: a path that is split for each candidate costs more than all else here. */
function commonSteps(steps: readonly string[], category: string | undefined): number {
  if (category === undefined) return 0;
  let from = 0;
  for (let common = 0; common < steps.length; common++) {
    const step = steps[common] ?? '';
    const end = from + step.length;
    const isWhole = end === category.length || category.charCodeAt(end) === SLASH;
    if (!isWhole || !category.startsWith(step, from)) return common;
    if (end === category.length) return common + 1;
    from = end + 1;
  }
  return steps.length;
}

const SLASH = 47;

export function isOfOneLook(a: CatalogItem, b: CatalogItem): boolean {
  return a.looks?.some((look) => b.looks?.includes(look)) ?? false;
}
