import type { CatalogItem } from '../model/catalog.ts';
import type { EpochMs } from '../model/time.ts';
import type { CompiledPlacement } from './compile-placements.ts';
import { priceInMajorUnits } from './item-condition.ts';
import type { KnownItem } from './person-view.ts';
import type { RecommendationQuery } from './recommendation-query.ts';
import type { SizeFit } from './size-fit.ts';
import { type Choice, chooseVariant } from './stock-choice.ts';

/** Why a candidate is not offered; the first one that holds, in this order. */
export type RuleCode =
  /** It is what was asked about, or lies in the cart. */
  | 'asked'
  | 'in_cart'
  /** The catalog has items, and not this one. */
  | 'not_in_catalog'
  | 'excluded'
  | 'not_launched'
  | 'bought'
  | 'returned'
  | 'price'
  | 'out_of_stock'
  | 'size'
  /** There are as many of its category, or brand, as the placement takes. */
  | 'category_limit'
  | 'brand_limit';

export interface RuleContext {
  readonly query: RecommendationQuery;
  /** Ids of the catalog. */
  readonly store: string | undefined;
  readonly asked: string | undefined;
  readonly cart: ReadonlySet<string>;
  readonly excluded: ReadonlySet<string>;
  readonly known: ReadonlyMap<string, KnownItem>;
  readonly sizes: SizeFit | undefined;
  /** What prices of the same currency are compared with; undefined: nothing. */
  readonly usualPrice: Pick<CatalogItem, 'price' | 'currency'> | undefined;
}

/** Holds an item against the rules that look at nothing but itself: what of it is offered, or why it is not. */
export function checkItem(
  id: string,
  item: CatalogItem | undefined,
  context: RuleContext,
): Choice | RuleCode {
  const { query, asked, cart, excluded, known } = context;
  const { placement, now, catalog } = query;
  if (id === asked) return 'asked';
  if (cart.has(id)) return 'in_cart';
  if (item === undefined && catalog.itemCount > 0) return 'not_in_catalog';
  const goods = item ?? { item_id: id };
  if (excluded.has(id) || placement.excludes(goods)) return 'excluded';
  if (!placement.beforeLaunch && goods.launch_at !== undefined && goods.launch_at > now)
    return 'not_launched';
  const mine = known.get(id);
  if (mine !== undefined) {
    if (isBought(mine, goods, { placement, now })) return 'bought';
    if (isWithin(mine.returnedAt, placement.returnedMs, now)) return 'returned';
  }
  if (!fitsPrice(goods, context)) return 'price';
  const wanted = mine?.deed === undefined ? undefined : mine.facts.deeds[mine.deed]?.variant;
  return chooseVariant(goods, wanted, { catalog, placement, store: context.store, sizes: context.sizes });
}

/** What is used up is bought again. */
function isBought(
  { ownedAt }: KnownItem,
  { consumable }: CatalogItem,
  { placement, now }: { readonly placement: CompiledPlacement; readonly now: EpochMs },
): boolean {
  return consumable !== true && isWithin(ownedAt, placement.boughtMs, now);
}

function isWithin(time: EpochMs | undefined, ms: number, now: EpochMs): boolean {
  return time !== undefined && ms > 0 && now - time < ms;
}

/** An item without a price fits every band. */
function fitsPrice(item: CatalogItem, { query, usualPrice }: RuleContext): boolean {
  const { min, max, factor, currency = item.currency } = query.placement.price;
  if (min === undefined && max === undefined && factor === undefined) return true;
  const price = priceInMajorUnits(item);
  if (price === undefined) return true;
  const isOutside = (min !== undefined && price < min) || (max !== undefined && price > max);
  // No rate is known, neither of a band nor of what is usual.
  if (isOutside && item.currency === currency) return false;
  if (factor === undefined || usualPrice === undefined) return true;
  // What costs so many yen is neither too dear nor too cheap for whoever pays in yuan.
  if (usualPrice.currency !== item.currency) return true;
  const usual = priceInMajorUnits(usualPrice);
  return usual === undefined || (price <= usual * factor && price * factor >= usual);
}

/** Counts what a list has of each category and brand. */
export class Diversity {
  readonly #placement: CompiledPlacement;
  readonly #categories = new Map<string, number>();
  readonly #brands = new Map<string, number>();

  constructor(placement: CompiledPlacement) {
    this.#placement = placement;
  }

  /** Takes an item into the list, or says why it has enough like it. */
  take({ category, brand }: Pick<CatalogItem, 'category' | 'brand'>): RuleCode | undefined {
    const { perCategory, perBrand } = this.#placement;
    if (category !== undefined && (this.#categories.get(category) ?? 0) >= perCategory)
      return 'category_limit';
    if (brand !== undefined && (this.#brands.get(brand) ?? 0) >= perBrand) return 'brand_limit';
    this.add({ category, brand });
    return undefined;
  }

  /** What is pinned counts, and is never one too many. */
  add({ category, brand }: Readonly<{ category?: string | undefined; brand?: string | undefined }>): void {
    if (category !== undefined) this.#categories.set(category, (this.#categories.get(category) ?? 0) + 1);
    if (brand !== undefined) this.#brands.set(brand, (this.#brands.get(brand) ?? 0) + 1);
  }
}
