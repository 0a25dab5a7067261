import { limits } from '../limits.ts';
import type { CatalogItem } from '../model/catalog.ts';
import { DAY_MS, type EpochMs } from '../model/time.ts';
import { isWithin } from './compile-placements.ts';
import { decayOf, INTEREST_WEIGHTS, type KnownItem } from './person-view.ts';
import type { PriceOf } from './recommendation-query.ts';

/** What somebody takes to: the categories and brands that count most, each as a share of the one that counts most of all. */
export interface Taste {
  readonly categories: readonly (readonly [path: string, share: number])[];
  readonly brands: readonly (readonly [brand: string, share: number])[];
  /** What they usually take costs so much, in minor units. */
  readonly price: PriceOf;
}

const HALF_LIFE_MS = 60 * DAY_MS;
const OWNED_WEIGHT = 3;
const CATEGORIES_MAX = 3;
const BRANDS_MAX = 2;

/** The taste of whoever has had to do with these items; what they brought back says nothing of it. */
export function tasteOf(known: Iterable<KnownItem>, now: EpochMs): Taste {
  const categories = new Map<string, number>();
  const brands = new Map<string, number>();
  const prices = new Map<string, { weight: number; logs: number }>();
  for (const each of known) {
    const weight = weightOf(each, now);
    if (weight === 0) continue;
    const { category, brand } = each.item ?? each.facts;
    if (category !== undefined) {
      const path = shelfPath(category);
      categories.set(path, (categories.get(path) ?? 0) + weight);
    }
    if (brand !== undefined) brands.set(brand, (brands.get(brand) ?? 0) + weight);
    const { price = 0, currency } = each.item ?? {};
    if (currency === undefined || price <= 0) continue;
    const sums = prices.get(currency) ?? { weight: 0, logs: 0 };
    prices.set(currency, { weight: sums.weight + weight, logs: sums.logs + weight * Math.log(price) });
  }
  return {
    categories: most(categories, CATEGORIES_MAX),
    brands: most(brands, BRANDS_MAX),
    price: usualPrice(prices),
  };
}

/** As far as the catalog has shelves; most paths are no deeper. */
function shelfPath(category: string): string {
  let end = -1;
  for (let depth = 0; depth < limits.catalogShelfDepthMax; depth++) {
    end = category.indexOf('/', end + 1);
    if (end < 0) return category;
  }
  return category.slice(0, end);
}

function weightOf({ ownedAt, returnedAt, deed, lastAt }: KnownItem, now: EpochMs): number {
  if (ownedAt === undefined && returnedAt !== undefined) return 0;
  const worth = ownedAt !== undefined ? OWNED_WEIGHT : deed === undefined ? 0 : INTEREST_WEIGHTS[deed];
  return worth * decayOf(now - lastAt, HALF_LIFE_MS);
}

function most(weights: ReadonlyMap<string, number>, limit: number): readonly (readonly [string, number])[] {
  const sorted = [...weights].sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1));
  const best = sorted[0]?.[1] ?? 1;
  return sorted.slice(0, limit).map(([name, weight]) => [name, weight / best]);
}

/** The geometric mean, in the currency that counts most. */
function usualPrice(
  prices: ReadonlyMap<string, { readonly weight: number; readonly logs: number }>,
): PriceOf {
  let best: { readonly currency: string; readonly weight: number; readonly logs: number } | undefined;
  for (const [currency, sums] of prices) {
    const isMore =
      best === undefined ||
      sums.weight > best.weight ||
      (sums.weight === best.weight && currency < best.currency);
    if (isMore) best = { currency, ...sums };
  }
  return best === undefined ? {} : { currency: best.currency, price: Math.exp(best.logs / best.weight) };
}

/** What the categories of a taste say of a category path: the most that one says that it lies in. */
export function categoryShare({ categories }: Taste, category: string | undefined): number {
  let best = 0;
  for (const [path, share] of categories) if (share > best && isWithin(category, path)) best = share;
  return best;
}

export function brandShare({ brands }: Taste, { brand }: Pick<CatalogItem, 'brand'>): number {
  return brands.find(([name]) => name === brand)?.[1] ?? 0;
}
