import type { CatalogBoost, CatalogItem, CatalogStore, StockLevel } from '../model/catalog.ts';
import type { Recommendation, RecommendationPerson } from '../model/recommendation.ts';
import type { EpochMs } from '../model/time.ts';
import type { CompiledPlacement } from './compile-placements.ts';
import type { Locale } from './reason-texts.ts';
import type { RuleCode } from './rules.ts';

/** What is asked. Names of items and stores may be any that the catalog knows, or unknown ones. */
export interface RecommendationQuery {
  readonly placement: CompiledPlacement;
  readonly now: EpochMs;
  /** At most `limits.recommendItemsMax`; absent: what the placement says. */
  readonly limit?: number;
  readonly store?: string;
  /** What is looked at: never offered back. */
  readonly item?: string;
  /** What is in the cart: not offered back either. */
  readonly cart?: readonly string[];
  /** Absent: nobody is known, or may be. */
  readonly person?: RecommendationPerson;
  readonly catalog: Goods;
  /** Language of reasons; English where absent. */
  readonly locale?: Locale;
  /** IANA name: whose "yesterday" reasons speak of, where the zone of the store is not known; UTC where absent. */
  readonly zone?: string;
  /** True: every candidate is held against the rules, so that `filtered` counts all; otherwise only as many as are needed. */
  readonly explain?: boolean;
}

/** The list, without what whoever answers puts on it. */
export interface RecommendedList extends Omit<Recommendation, 'id' | 'took_us'> {
  /** How many candidates there were. */
  readonly candidates: number;
  /** How many of them each rule has left out. */
  readonly filtered: Readonly<Partial<Record<RuleCode, number>>>;
}

/** A shelf of the catalog: items of a category path or below it, of a brand, or both. */
export interface ShelfName {
  readonly category?: string;
  readonly brand?: string;
}

/** What is asked of the catalog. */
export interface Goods {
  /** How many items there are. */
  readonly itemCount: number;
  item(name: string): { readonly item: string; readonly variant?: string } | undefined;
  itemOf(id: string): CatalogItem | undefined;
  store(name: string): string;
  storeOf(name: string): CatalogStore | undefined;
  look(name: string): readonly string[];
  /** All that is known of the stock of a variant, by store. */
  levelsOf(variant: string): ReadonlyMap<string, StockLevel> | undefined;
  /** Undefined of an item that has none; most have none. */
  boostsOf(id: string): readonly CatalogBoost[] | undefined;
  /** Of a shelf, the items whose price comes nearest by proportion; of equals the cheaper, then the smaller id. */
  nearest(shelf: ShelfName, price: PriceOf, limit: number): readonly CatalogItem[];
}

/** Minor units; items of other currencies are on other shelves, those without a price on one of their own. */
export interface PriceOf {
  readonly price?: number | undefined;
  readonly currency?: string | undefined;
}
