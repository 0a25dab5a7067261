import type { CatalogItem } from '../model/catalog.ts';
import { compareByPrice, priceCloseness } from '../model/price-order.ts';

/** The price that others are compared with; without one all come as the shelf has them. */
export interface ShelfPrice {
  readonly price?: number | undefined;
  readonly currency?: string | undefined;
}

/** So many changes are put in their places one by one; after more the shelf is sorted again. */
const SINGLE_CHANGES_MAX = 64;

/**
 * Items in the order of currency, price and id, so that those of a price are neighbors. Changes wait until somebody asks:
 * a catalog that is read whole is sorted once.
 *
 * Indexes stay inside the list by construction: that is what the casts of this file say.
 */
export class Shelf {
  #sorted: CatalogItem[] = [];
  readonly #added = new Set<CatalogItem>();
  readonly #removed = new Set<CatalogItem>();

  get size(): number {
    return this.#sorted.length + this.#added.size - this.#removed.size;
  }

  add(item: CatalogItem): void {
    this.#added.add(item);
  }

  /** The very object that was added. */
  remove(item: CatalogItem): void {
    if (!this.#added.delete(item)) this.#removed.add(item);
  }

  /**
   * The nearest by proportion of price (`priceCloseness`); of equals, as of those that cannot be compared, first by
   * currency, price and id. Two walks, up and down from the price, so that it costs what it answers.
   */
  nearest({ price, currency }: ShelfPrice, limit: number): readonly CatalogItem[] {
    this.#settle();
    const from =
      price === undefined ? 0 : this.#placeOf({ item_id: '', price: 0, ...(currency && { currency }) });
    const comparable = price === undefined || currency === undefined ? 0 : this.#countOf(currency, from);
    const found =
      comparable === 0 ? [] : this.#walk({ from, to: from + comparable, price: price as number }, limit);
    for (let n = 0; n < this.#sorted.length && found.length < limit; n++) {
      if (n < from || n >= from + comparable) found.push(this.#sorted[n] as CatalogItem);
    }
    return found;
  }

  #walk(
    { from, to, price }: { readonly from: number; readonly to: number; readonly price: number },
    limit: number,
  ): CatalogItem[] {
    const found: CatalogItem[] = [];
    const items = this.#sorted;
    const { currency = '' } = items[from] as CatalogItem;
    let up = this.#placeOf({ item_id: '', price, currency });
    // What is cheaper comes down in runs of one price, each in the order of its ids.
    let [start, at, end] = [up, up, up];
    while (found.length < limit) {
      if (at === end && start > from) {
        end = start;
        start = this.#runBefore(end, currency);
        at = start;
      }
      const below = at < end ? items[at] : undefined;
      const above = up < to ? items[up] : undefined;
      if (below === undefined && above === undefined) return found;
      const takesBelow =
        above === undefined ||
        (below !== undefined && priceCloseness(below.price, price) >= priceCloseness(above.price, price));
      found.push((takesBelow ? below : above) as CatalogItem);
      if (takesBelow) at++;
      else up++;
    }
    return found;
  }

  /** Where the run of items of one price begins that ends there; mostly it is one item long. */
  #runBefore(end: number, currency: string): number {
    const { price = 0 } = this.#sorted[end - 1] as CatalogItem;
    if (this.#sorted[end - 2]?.price !== price) return end - 1;
    return this.#placeOf({ item_id: '', price, currency });
  }

  /** How many items from there on are of a currency. */
  #countOf(currency: string, from: number): number {
    return this.#placeOf({ item_id: '', price: Number.POSITIVE_INFINITY, currency }) - from;
  }

  /** Where an item is, or would be. */
  #placeOf(item: CatalogItem): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareByPrice(this.#sorted[middle] as CatalogItem, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #settle(): void {
    const changes = this.#added.size + this.#removed.size;
    if (changes === 0) return;
    if (changes > SINGLE_CHANGES_MAX) {
      const kept = this.#sorted.filter((item) => !this.#removed.has(item));
      this.#sorted = [...kept, ...this.#added].sort(compareByPrice);
    } else {
      for (const item of this.#removed) this.#sorted.splice(this.#placeOf(item), 1);
      for (const item of this.#added) this.#sorted.splice(this.#placeOf(item), 0, item);
    }
    this.#added.clear();
    this.#removed.clear();
  }
}
