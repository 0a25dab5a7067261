import { limits } from '../limits.ts';
import type { CatalogItem } from '../model/catalog.ts';
import { Shelf, type ShelfPrice } from './shelf.ts';

/** Items of a category path or below it, of a brand, or both. */
export interface ShelfName {
  readonly category?: string;
  readonly brand?: string;
}

/**
 * The goods by category and brand. An item lies on a shelf for each beginning of its category's path (up to
 * `limits.catalogShelfDepthMax` steps), with its brand and without, and on one for its brand alone.
 */
export class Shelves {
  /** By brand, then by category: names that are put together for every question would have to be hashed for every question. */
  readonly #shelves = new Map<string, Map<string, Shelf>>();

  add(item: CatalogItem): void {
    for (const [brand, category] of namesOf(item)) {
      let ofBrand = this.#shelves.get(brand);
      if (ofBrand === undefined) {
        ofBrand = new Map();
        this.#shelves.set(brand, ofBrand);
      }
      let shelf = ofBrand.get(category);
      if (shelf === undefined) {
        shelf = new Shelf();
        ofBrand.set(category, shelf);
      }
      shelf.add(item);
    }
  }

  /** The very object that was added. */
  remove(item: CatalogItem): void {
    for (const [brand, category] of namesOf(item)) {
      const ofBrand = this.#shelves.get(brand);
      const shelf = ofBrand?.get(category);
      shelf?.remove(item);
      if (shelf?.size === 0) ofBrand?.delete(category);
      if (ofBrand?.size === 0) this.#shelves.delete(brand);
    }
  }

  nearest(
    { category = '', brand = '' }: ShelfName,
    price: ShelfPrice,
    limit: number,
  ): readonly CatalogItem[] {
    return this.#shelves.get(brand)?.get(category)?.nearest(price, limit) ?? [];
  }
}

/** Brand and category, each empty where it does not matter. */
function namesOf({ category = '', brand = '' }: CatalogItem): readonly (readonly [string, string])[] {
  const paths = pathsOf(category);
  const names = paths.map((path) => ['', path] as const);
  if (brand === '') return names;
  return [...names, [brand, ''], ...paths.map((path) => [brand, path] as const)];
}

/** The beginnings of a path, the shortest first. */
function pathsOf(category: string): readonly string[] {
  if (category === '') return [];
  const steps = category.split('/').slice(0, limits.catalogShelfDepthMax);
  return steps.map((_, n) => steps.slice(0, n + 1).join('/'));
}
