import type { CatalogItem, StockLevel, WaitedName } from '../model/catalog.ts';
import type { EpochMs } from '../model/time.ts';
import type { CatalogMoment } from '../model/trigger.ts';

/** What a store can sell now; a store may owe more than it has. */
export function availableOf({ quantity, reserved, safety }: StockLevel): number {
  return quantity - reserved - safety;
}

/** A store that had nothing to sell of a variant has it again. What it had before it was first told of counts as nothing known. */
export function backInStock(
  before: StockLevel | undefined,
  after: StockLevel,
  at: EpochMs,
): CatalogMoment | undefined {
  if (before === undefined || availableOf(before) > 0 || availableOf(after) <= 0) return undefined;
  const { item_id: item, variant_id: variant, store } = after;
  return { id: '', kind: 'back_in_stock', item, ...(variant === item ? {} : { variant }), store, at };
}

/**
 * Prices that are lower than before, in the same currency: of the product one moment, and one for each variant whose own
 * price makes it differ from that.
 */
export function priceDrops(before: CatalogItem, after: CatalogItem, at: EpochMs): readonly CatalogMoment[] {
  if (before.currency !== after.currency) return [];
  const found: CatalogMoment[] = [];
  const look = (was: number | undefined, is: number | undefined, variant?: string): void => {
    if (was === undefined || is === undefined || is >= was) return;
    const what = variant === undefined ? {} : { variant };
    found.push({
      id: '',
      kind: 'price_drop',
      item: after.item_id,
      ...what,
      at,
      price_before: was,
      price_now: is,
    });
  };
  look(before.price, after.price);
  const known = new Map((before.variants ?? []).map((variant) => [variant.variant_id, variant]));
  for (const { variant_id: id, price } of after.variants ?? []) {
    const variant = known.get(id);
    if (variant === undefined || (variant.price === undefined && price === undefined)) continue;
    look(variant.price ?? before.price, price ?? after.price, id);
  }
  return found;
}

/**
 * Names under which somebody may wait: for the variant or its product. What is about the product concerns those who wait for
 * a variant, too, unless that has a price of its own.
 */
export function namesOf(item: CatalogItem, variant: string | undefined): readonly WaitedName[] {
  const names: WaitedName[] = [];
  for (const { variant_id, aliases = [], price } of item.variants ?? []) {
    if (variant === undefined ? price !== undefined : variant_id !== variant) continue;
    for (const name of [variant_id, ...aliases]) names.push({ name, of: 'variant' });
  }
  if (variant !== undefined && names.length === 0) names.push({ name: variant, of: 'variant' });
  for (const name of [item.item_id, ...(item.aliases ?? [])]) names.push({ name, of: 'item' });
  return names;
}
