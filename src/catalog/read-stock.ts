import type { StockLevel } from '../model/catalog.ts';
import type { JsonValue } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import { Fields, misfit } from './fields.ts';

const STOCK = ['item_id', 'variant_id', 'store', 'quantity', 'reserved', 'safety', 'at'];

/** Canonical ids of what was named by an alias. */
export interface NameResolver {
  item(name: string): { readonly item: string; readonly variant?: string } | undefined;
  store(name: string): string;
}

/**
 * Stock as `PUT /v1/catalog/stock` takes it. A bar code, or another alias, names variant and product; a product without
 * variants is its own one. Throws `invalid_catalog` for the first row that does not fit.
 */
export function readStock(
  rows: readonly JsonValue[],
  names: NameResolver,
  now: EpochMs,
): readonly StockLevel[] {
  return rows.map((row, n) => {
    const fields = new Fields(row, `/${n}`, STOCK);
    const item = fields.optionalId('item_id');
    const variant = fields.optionalId('variant_id');
    const named = variant ?? item;
    if (named === undefined) throw misfit(fields.place('item_id'), 'is required, or variant_id');
    const known = names.item(named);
    const item_id = known?.item ?? item ?? named;
    const quantity = fields.quantity('quantity', -Number.MAX_SAFE_INTEGER);
    if (quantity === undefined) throw misfit(fields.place('quantity'), 'is required');
    return {
      item_id,
      variant_id: known?.variant ?? (variant === undefined ? item_id : named),
      store: names.store(fields.id('store')),
      quantity,
      reserved: fields.quantity('reserved', 0) ?? 0,
      safety: fields.quantity('safety', 0) ?? 0,
      at: Math.min(fields.time('at') ?? now, now),
    };
  });
}
