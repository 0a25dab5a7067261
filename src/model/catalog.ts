import type { EpochMs } from './time.ts';
import type { CatalogMoment } from './trigger.ts';

/** A product (SPU) with what is sold of it (SKUs). A change says all of it: what it leaves out is gone. */
export interface CatalogItem {
  readonly item_id: string;
  readonly name?: string;
  /** A path, such as `sport/yoga`. */
  readonly category?: string;
  readonly brand?: string;
  /** Minor units of `currency`. */
  readonly price?: number;
  /** ISO 4217. */
  readonly currency?: string;
  /** Other names of the product: channel codes, bar codes where it has one size. */
  readonly aliases?: readonly string[];
  readonly variants?: readonly CatalogVariant[];
  /** Outfits that it is part of. */
  readonly looks?: readonly string[];
  readonly launch_at?: EpochMs;
  readonly boosts?: readonly CatalogBoost[];
  /** Bought again and again: having it is no reason not to offer it. */
  readonly consumable?: boolean;
}

export interface CatalogVariant {
  readonly variant_id: string;
  readonly size?: string;
  readonly color?: string;
  /** Where it differs from the product's. */
  readonly price?: number;
  readonly aliases?: readonly string[];
}

/** While it is valid, the item counts so many times in recommendations. */
export interface CatalogBoost {
  readonly factor: number;
  readonly from?: EpochMs;
  readonly until?: EpochMs;
}

/** What a store (or warehouse) has of a variant. Available is `quantity - reserved - safety`. */
export interface StockLevel {
  readonly item_id: string;
  /** Of a product without variants, its own id. */
  readonly variant_id: string;
  readonly store: string;
  /** On hand. */
  readonly quantity: number;
  readonly reserved: number;
  readonly safety: number;
  /** As of when: what is older than what is known changes nothing. */
  readonly at: EpochMs;
}

export type Datum = 'wgs84' | 'gcj02' | 'bd09';

export interface CatalogStore {
  readonly store_id: string;
  readonly name?: string;
  /** Codes of other systems. */
  readonly aliases?: readonly string[];
  /** IANA name. */
  readonly zone?: string;
  /** `HH:MM` on the store's clock: when the business day ends that began the day before. */
  readonly business_day_cutoff?: string;
  /** By weekday, `mon` to `sun`: from and to, `HH:MM`. */
  readonly hours?: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** Degrees of WGS 84, whatever datum it came in. */
  readonly position?: { readonly latitude: number; readonly longitude: number };
  readonly geofence_meters?: number;
  readonly events?: readonly StoreEvent[];
}

export interface StoreEvent {
  readonly name: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** What a record changes: rows take the place of what is known under their ids. */
export interface CatalogChange {
  readonly items?: readonly CatalogItem[];
  readonly removed_items?: readonly string[];
  readonly stock?: readonly StockLevel[];
  readonly stores?: readonly CatalogStore[];
  readonly removed_stores?: readonly string[];
  /** Changes no row: whoever complained about the item may be told. */
  readonly resolved?: readonly ResolvedIssue[];
}

/** A fault of an item that is gone. */
export interface ResolvedIssue {
  readonly item_id: string;
  readonly issue?: string;
  readonly theme?: string;
}

/** State entry `n/catalog`: how often the catalog has changed, and how much it holds. */
export interface CatalogHead {
  readonly version: number;
  readonly items: number;
  readonly stock: number;
  readonly stores: number;
}

/** State entry `n/catalog/<version>`: what that change touched, so that whoever follows reads only this. */
export interface CatalogJournal {
  readonly keys: readonly string[];
}

/** State entry `p/<version>/<n>` of a partition: a moment whose waiting profiles have not all been woken. */
export interface PendingMoment {
  readonly moment: CatalogMoment;
  /** Names under which profiles may wait, the canonical ids first. */
  readonly names: readonly WaitedName[];
  /** How far the waking has come: the name, and the last key of its list. */
  readonly name: number;
  readonly after: string;
}

export interface WaitedName {
  readonly name: string;
  readonly of: 'item' | 'variant';
}
