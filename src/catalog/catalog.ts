import type { CatalogBoost, CatalogItem, CatalogStore, StockLevel } from '../model/catalog.ts';
import type { NameResolver } from './read-stock.ts';
import type { ShelfPrice } from './shelf.ts';
import { type ShelfName, Shelves } from './shelves.ts';

export interface NamedItem {
  readonly item: string;
  /** Where the name is one of a variant. */
  readonly variant?: string;
}

const ITEM = 'a/';
const STOCK = 'b/';
const STORE = 's/';

/** What entries of the catalog begin with. */
export const CATALOG_PREFIXES: readonly string[] = [ITEM, STOCK, STORE];

/**
 * The whole catalog in memory, as recommendations and stores ask for it. A name that several claim is a canonical id before it
 * is an alias, and otherwise means the one with the smallest id: so all nodes agree, whatever came first.
 */
export class Catalog implements NameResolver {
  readonly #items = new Map<string, CatalogItem>();
  readonly #stores = new Map<string, CatalogStore>();
  /** By variant, then by store. */
  readonly #stock = new Map<string, Map<string, StockLevel>>();
  /** By store, then by variant. */
  readonly #inStores = new Map<string, Map<string, StockLevel>>();
  /** Rows by the keys of their entries, which no longer tell once they are gone. */
  readonly #byKey = new Map<string, CatalogItem | StockLevel | CatalogStore>();
  readonly #names = new Map<string, readonly NamedItem[]>();
  readonly #storeNames = new Map<string, readonly string[]>();
  readonly #looks = new Map<string, Set<string>>();
  readonly #shelves = new Shelves();
  readonly #boosts = new Map<string, readonly CatalogBoost[]>();
  /** Of the change that was taken last. */
  version = 0;

  get size(): { readonly items: number; readonly stock: number; readonly stores: number } {
    let stock = 0;
    for (const levels of this.#stock.values()) stock += levels.size;
    return { items: this.#items.size, stock, stores: this.#stores.size };
  }

  get itemCount(): number {
    return this.#items.size;
  }

  /** Takes an entry of the state as it is now; undefined: it is gone. */
  take(key: string, value: object | undefined): void {
    const before = this.#byKey.get(key);
    if (before !== undefined) this.#leave(key, before);
    if (value === undefined) {
      this.#byKey.delete(key);
      return;
    }
    // The codec answers the type that belongs to the key's prefix.
    const row = value as CatalogItem | StockLevel | CatalogStore;
    this.#byKey.set(key, row);
    this.#enter(key, row);
  }

  item(name: string): NamedItem | undefined {
    if (this.#items.has(name)) return { item: name };
    return this.#names.get(name)?.[0];
  }

  store(name: string): string {
    return this.#stores.has(name) ? name : (this.#storeNames.get(name)?.[0] ?? name);
  }

  itemOf(id: string): CatalogItem | undefined {
    return this.#items.get(id);
  }

  storeOf(name: string): CatalogStore | undefined {
    return this.#stores.get(this.store(name));
  }

  /** All items, in no order. */
  items(): Iterable<CatalogItem> {
    return this.#items.values();
  }

  /** All stores, in no order. */
  everyStore(): Iterable<CatalogStore> {
    return this.#stores.values();
  }

  stores(): readonly CatalogStore[] {
    return [...this.#stores.values()].sort((a, b) => (a.store_id < b.store_id ? -1 : 1));
  }

  /** Items of an outfit, ascending. */
  look(name: string): readonly string[] {
    return [...(this.#looks.get(name) ?? [])].sort();
  }

  /** Of a shelf, the items whose price comes nearest by proportion; of equals the cheaper, then the smaller id. */
  nearest(shelf: ShelfName, price: ShelfPrice, limit: number): readonly CatalogItem[] {
    return this.#shelves.nearest(shelf, price, limit);
  }

  /** Undefined of an item that has none; most have none. */
  boostsOf(id: string): readonly CatalogBoost[] | undefined {
    return this.#boosts.size === 0 ? undefined : this.#boosts.get(id);
  }

  /** All that is known of the stock of a variant, by store. */
  levelsOf(variant: string): ReadonlyMap<string, StockLevel> | undefined {
    return this.#stock.get(variant);
  }

  /** What a store has of a variant; undefined where nobody said. */
  stockOf(variant: string, store: string): StockLevel | undefined {
    return this.#stock.get(variant)?.get(store);
  }

  /** All that is known of the stock of a variant. */
  stockEverywhere(variant: string): Iterable<StockLevel> {
    return this.#stock.get(variant)?.values() ?? [];
  }

  /** All that a store has, in no order. */
  stockIn(store: string): Iterable<StockLevel> {
    return this.#inStores.get(store)?.values() ?? [];
  }

  #enter(key: string, row: CatalogItem | StockLevel | CatalogStore): void {
    if (isStock(key, row)) {
      setIn(this.#stock, [row.variant_id, row.store], row);
      setIn(this.#inStores, [row.store, row.variant_id], row);
    } else if (isStore(key, row)) {
      this.#stores.set(row.store_id, row);
      for (const alias of row.aliases ?? [])
        this.#storeNames.set(alias, [...(this.#storeNames.get(alias) ?? []), row.store_id].sort());
    } else {
      const item = row as CatalogItem;
      this.#items.set(item.item_id, item);
      this.#shelves.add(item);
      if (item.boosts !== undefined) this.#boosts.set(item.item_id, item.boosts);
      for (const [name, meant] of namesIn(item)) this.#names.set(name, joined(this.#names.get(name), meant));
      for (const look of item.looks ?? [])
        this.#looks.set(look, (this.#looks.get(look) ?? new Set()).add(item.item_id));
    }
  }

  #leave(key: string, row: CatalogItem | StockLevel | CatalogStore): void {
    if (isStock(key, row)) {
      deleteIn(this.#stock, [row.variant_id, row.store]);
      deleteIn(this.#inStores, [row.store, row.variant_id]);
    } else if (isStore(key, row)) {
      this.#stores.delete(row.store_id);
      for (const alias of row.aliases ?? [])
        this.#storeNames.set(
          alias,
          (this.#storeNames.get(alias) ?? []).filter((id) => id !== row.store_id),
        );
    } else this.#leaveItem(row as CatalogItem);
  }

  #leaveItem(item: CatalogItem): void {
    this.#items.delete(item.item_id);
    this.#shelves.remove(item);
    this.#boosts.delete(item.item_id);
    for (const [name] of namesIn(item)) {
      const left = (this.#names.get(name) ?? []).filter((meant) => meant.item !== item.item_id);
      if (left.length > 0) this.#names.set(name, left);
      else this.#names.delete(name);
    }
    for (const look of item.looks ?? []) {
      const items = this.#looks.get(look);
      items?.delete(item.item_id);
      if (items?.size === 0) this.#looks.delete(look);
    }
  }
}

/** Names beside the item's own id: what they mean is the item, or one of its variants. */
function namesIn({
  item_id: item,
  aliases = [],
  variants = [],
}: CatalogItem): readonly [string, NamedItem][] {
  const found: [string, NamedItem][] = aliases.map((alias) => [alias, { item }]);
  for (const { variant_id: variant, aliases: names = [] } of variants)
    for (const name of [variant, ...names]) found.push([name, { item, variant }]);
  return found;
}

type Levels = Map<string, Map<string, StockLevel>>;

function setIn(levels: Levels, [outer, inner]: readonly [string, string], level: StockLevel): void {
  const found = levels.get(outer);
  if (found === undefined) levels.set(outer, new Map([[inner, level]]));
  else found.set(inner, level);
}

function deleteIn(levels: Levels, [outer, inner]: readonly [string, string]): void {
  const found = levels.get(outer);
  found?.delete(inner);
  if (found?.size === 0) levels.delete(outer);
}

/** The smallest item first. */
function joined(known: readonly NamedItem[] | undefined, meant: NamedItem): readonly NamedItem[] {
  return [...(known ?? []), meant].sort((a, b) => (a.item < b.item ? -1 : a.item > b.item ? 1 : 0));
}

function isStock(key: string, _row: object): _row is StockLevel {
  return key.startsWith(STOCK);
}

function isStore(key: string, _row: object): _row is CatalogStore {
  return key.startsWith(STORE);
}
