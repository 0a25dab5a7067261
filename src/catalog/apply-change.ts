import { limits } from '../limits.ts';
import type {
  CatalogChange,
  CatalogHead,
  CatalogItem,
  CatalogJournal,
  CatalogStore,
  ResolvedIssue,
  StockLevel,
  WaitedName,
} from '../model/catalog.ts';
import type { FoldContext } from '../model/fold.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { CatalogMoment, CatalogMomentKind } from '../model/trigger.ts';
import type { StateView } from '../model/view.ts';
import { backInStock, namesOf, priceDrops } from './find-moments.ts';

/** A moment with the names under which profiles may wait for it. */
export interface FoundMoment {
  readonly moment: CatalogMoment;
  readonly names: readonly WaitedName[];
}

export interface AppliedChange {
  /** What whoever sent it is answered. */
  readonly detail: JsonObject;
  readonly version: number;
  readonly moments: readonly FoundMoment[];
}

const EMPTY: CatalogHead = { version: 0, items: 0, stock: 0, stores: 0 };

/** Entries that applying the change reads. */
export function catalogNeeds(change: CatalogChange, view: StateView): string[] {
  const { items = [], removed_items = [], stock = [], stores = [], removed_stores = [] } = change;
  const { resolved = [] } = change;
  const wanted = new Set([
    keys.catalog,
    ...items.map(({ item_id }) => keys.catalogItem(item_id)),
    ...removed_items.map(keys.catalogItem),
    ...stock.map(({ store, variant_id }) => keys.stock(store, variant_id)),
    // Whoever waits for what comes back may do so under a name of its product.
    ...stock.map(({ item_id }) => keys.catalogItem(item_id)),
    ...resolved.map(({ item_id }) => keys.catalogItem(item_id)),
    ...stores.map(({ store_id }) => keys.store(store_id)),
    ...removed_stores.map(keys.store),
  ]);
  return [...wanted].filter((key) => !view.has(key));
}

/**
 * Takes a change of the catalog into the state, and finds the moments that anybody may be waiting for. Rows that say what is
 * known already change nothing; new ones beyond the bounds are left out and counted.
 */
export function applyCatalogChange(
  change: CatalogChange,
  context: FoldContext,
  waits: (kind: CatalogMomentKind) => boolean,
): AppliedChange {
  const head = context.view.get<CatalogHead>(keys.catalog) ?? EMPTY;
  const work = new ChangeWork(context, head, waits);
  for (const item of change.items ?? []) work.putItem(item);
  for (const id of change.removed_items ?? []) work.remove('items', keys.catalogItem(id));
  for (const store of change.stores ?? []) work.putStore(store);
  for (const id of change.removed_stores ?? []) work.remove('stores', keys.store(id));
  for (const level of change.stock ?? []) work.putStock(level);
  for (const issue of change.resolved ?? []) work.resolve(issue);
  return work.finish();
}

type Kept = 'items' | 'stock' | 'stores';

const BOUNDS: Readonly<Record<Kept, number>> = {
  items: limits.catalogItemsMax,
  stock: limits.catalogStockMax,
  stores: limits.catalogStoresMax,
};

class ChangeWork {
  readonly #context: FoldContext;
  readonly #before: CatalogHead;
  readonly #counts: Record<Kept, number>;
  readonly #waits: (kind: CatalogMomentKind) => boolean;
  readonly #touched = new Set<string>();
  readonly #moments: FoundMoment[] = [];
  #same = 0;
  #refused = 0;

  constructor(context: FoldContext, before: CatalogHead, waits: (kind: CatalogMomentKind) => boolean) {
    this.#context = context;
    this.#before = before;
    this.#waits = waits;
    this.#counts = { items: before.items, stock: before.stock, stores: before.stores };
  }

  putItem(item: CatalogItem): void {
    const key = keys.catalogItem(item.item_id);
    const before = this.#context.view.get<CatalogItem>(key);
    if (!this.#put('items', key, { before, after: item })) return;
    if (before === undefined || !this.#waits('price_drop')) return;
    for (const drop of priceDrops(before, item, this.#context.now))
      this.#moments.push({ moment: drop, names: namesOf(item, drop.variant) });
  }

  putStore(store: CatalogStore): void {
    const key = keys.store(store.store_id);
    this.#put('stores', key, { before: this.#context.view.get<CatalogStore>(key), after: store });
  }

  putStock(level: StockLevel): void {
    const { view, now } = this.#context;
    const key = keys.stock(level.store, level.variant_id);
    const before = view.get<StockLevel>(key);
    if (before !== undefined && level.at < before.at) {
      this.#same++;
      return;
    }
    if (!this.#put('stock', key, { before, after: level })) return;
    const moment = this.#waits('back_in_stock') ? backInStock(before, level, now) : undefined;
    if (moment === undefined) return;
    const item = view.get<CatalogItem>(keys.catalogItem(level.item_id)) ?? { item_id: level.item_id };
    this.#moments.push({ moment, names: namesOf(item, moment.variant) });
  }

  resolve({ item_id: item, ...issue }: ResolvedIssue): void {
    if (!this.#waits('issue_resolved')) return;
    const { view, now } = this.#context;
    const known = view.get<CatalogItem>(keys.catalogItem(item)) ?? { item_id: item };
    const moment: CatalogMoment = { id: '', kind: 'issue_resolved', item, ...issue, at: now };
    // Whoever complained about a variant did so whatever its price.
    const variants = (known.variants ?? []).map(({ price: _, ...variant }) => variant);
    this.#moments.push({ moment, names: namesOf({ ...known, variants }, undefined) });
  }

  remove(kept: Kept, key: string): void {
    if (this.#context.view.get(key) === undefined) {
      this.#same++;
      return;
    }
    this.#context.view.remove(key);
    this.#counts[kept]--;
    this.#touched.add(key);
  }

  /** Answers whether anything is others than before. */
  #put(
    kept: Kept,
    key: string,
    { before, after }: { readonly before: object | undefined; readonly after: object },
  ): boolean {
    if (before !== undefined && isSame(before, after)) {
      this.#same++;
      return false;
    }
    if (before === undefined) {
      if (this.#counts[kept] >= BOUNDS[kept]) {
        this.#refused++;
        return false;
      }
      this.#counts[kept]++;
    }
    this.#context.view.put(key, after);
    this.#touched.add(key);
    return true;
  }

  /** The head and the journal, by which followers learn of it, change with the rows. */
  finish(): AppliedChange {
    const { view } = this.#context;
    const touched = [...this.#touched];
    // Moments are called after the version: one that changes no row has a version of its own as well.
    const isChange = touched.length > 0 || this.#moments.length > 0;
    const version = this.#before.version + (isChange ? 1 : 0);
    if (isChange) {
      const head: CatalogHead = { version, ...this.#counts };
      const journal: CatalogJournal = { keys: touched };
      view.put(keys.catalog, head);
      view.put(keys.catalogJournal(version), journal);
      if (version > limits.catalogJournalMax)
        view.remove(keys.catalogJournal(version - limits.catalogJournalMax));
    }
    const moments = this.#moments.map(({ moment, names }, n) => ({
      moment: { ...moment, id: `${version}-${n}` },
      names,
    }));
    const detail = { changed: touched.length, unchanged: this.#same, refused: this.#refused, version };
    return { detail, version, moments };
  }
}

/** Rows are plain JSON; their times of validity apart, what they say is compared. */
function isSame(before: object, after: object): boolean {
  return JSON.stringify({ ...before, at: 0 }) === JSON.stringify({ ...after, at: 0 });
}
