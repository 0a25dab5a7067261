import type { JsonObject, JsonValue } from '../model/json.ts';

export type CatalogPart = 'items' | 'stock' | 'stores';

export interface StockQuestion {
  /** Id or alias. */
  readonly store?: string;
  /** Id or alias of an item or a variant. */
  readonly item?: string;
  readonly after: string;
  readonly limit: number;
}

/** Goods, stock and stores, as this node knows them. */
export interface CatalogService {
  /** Takes rows; resolves once they are in force here. Fails with `invalid_catalog` for the first one that does not fit. */
  put(part: CatalogPart, rows: readonly JsonValue[], author: string): Promise<JsonObject>;
  /** By id or alias, also of a variant; fails with `not_found`. */
  item(name: string): Promise<JsonObject>;
  store(name: string): Promise<JsonObject>;
  stores(): Promise<readonly JsonObject[]>;
  stock(question: StockQuestion): Promise<JsonObject>;
  /** How much is known. */
  readonly size: { readonly items: number; readonly stock: number; readonly stores: number };
}
