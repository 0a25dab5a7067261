import type { CatalogItem, CatalogVariant, StockLevel } from '../model/catalog.ts';
import type { CompiledPlacement } from './compile-placements.ts';
import type { Goods } from './recommendation-query.ts';
import type { SizeFit, VariantFit } from './size-fit.ts';

export interface ChoiceOptions {
  readonly catalog: Goods;
  readonly placement: Pick<CompiledPlacement, 'stock' | 'fitSize'>;
  /** Its id. */
  readonly store: string | undefined;
  readonly sizes: SizeFit | undefined;
}

/** What of an item is offered. */
export interface Choice {
  /** Absent of a product without variants. */
  readonly variant: CatalogVariant | undefined;
  readonly fit: VariantFit;
  /** Whether the stock of the store is known and there is some. */
  readonly isHere: boolean;
}

export type NoChoice = 'out_of_stock' | 'size';

/**
 * The variant to offer: of those that may be had and fit, the one that the person looked at, else one whose size is known to
 * fit, else the first. `size` where there would be one if size did not matter.
 */
export function chooseVariant(
  item: CatalogItem,
  wanted: string | undefined,
  options: ChoiceOptions,
): Choice | NoChoice {
  const { variants = NO_VARIANTS } = item;
  const supply = supplyOf(item, options);
  let best: Choice | undefined;
  let isAnyAvailable = false;
  for (let n = 0; n < supply.of.length; n++) {
    // Both lists have one for each variant, or one for a product without any.
    const at = supply.of[n] as Availability;
    if (!isAvailable(at, supply, options)) continue;
    isAnyAvailable = true;
    const variant = variants[n];
    const fit = variant === undefined ? 'unknown' : fitOf(item, variant, options);
    if (fit === 'misfits') continue;
    const choice = { variant, fit, isHere: at === 'here' };
    if (variant !== undefined && variant.variant_id === wanted) return choice;
    if (best === undefined || (fit === 'fits' && best.fit !== 'fits')) best = choice;
  }
  return best ?? (isAnyAvailable ? 'size' : 'out_of_stock');
}

const NO_VARIANTS: readonly CatalogVariant[] = Object.freeze([]);

function fitOf(item: CatalogItem, variant: CatalogVariant, { placement, sizes }: ChoiceOptions): VariantFit {
  return placement.fitSize && sizes !== undefined ? sizes.of(item, variant) : 'unknown';
}

/** Where there is some of a variant: in the store that is asked for, or else anywhere. */
type Availability = 'here' | 'elsewhere' | 'nowhere';

/** What is known of the stock of a product: of one that a store has told of at all, it has what it has told. */
interface Supply {
  readonly of: readonly Availability[];
  readonly isKnownHere: boolean;
  readonly isKnown: boolean;
}

function supplyOf(
  { item_id, variants = NO_VARIANTS }: CatalogItem,
  { catalog, placement, store }: ChoiceOptions,
): Supply {
  const supply = { of: [] as Availability[], isKnownHere: false, isKnown: false };
  const isAsked = placement.stock.where !== 'any' || store !== undefined;
  for (let n = 0; n < Math.max(1, variants.length); n++) {
    const levels = isAsked ? catalog.levelsOf(variants[n]?.variant_id ?? item_id) : undefined;
    const here = store === undefined ? undefined : levels?.get(store);
    if (here !== undefined) supply.isKnownHere = true;
    if (levels !== undefined) supply.isKnown = true;
    supply.of.push(hasSome(here) ? 'here' : isAnywhere(levels) ? 'elsewhere' : 'nowhere');
  }
  return supply;
}

/** What nobody has told the stock of may be had, unless the placement is strict about it. */
function isAvailable(at: Availability, supply: Supply, { placement, store }: ChoiceOptions): boolean {
  const { where, strict } = placement.stock;
  if (where === 'any' || at === 'here') return true;
  if (store !== undefined) {
    if (!supply.isKnownHere && !strict) return true;
    if (where === 'store') return false;
  }
  return supply.isKnown ? at === 'elsewhere' : !strict;
}

function isAnywhere(levels: ReadonlyMap<string, StockLevel> | undefined): boolean {
  if (levels !== undefined) for (const level of levels.values()) if (hasSome(level)) return true;
  return false;
}

function hasSome(level: StockLevel | undefined): boolean {
  return level !== undefined && level.quantity - level.reserved - level.safety > 0;
}
