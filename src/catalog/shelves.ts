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
  readonly #shelves = new Map<string, Shelf>();

  add(item: CatalogItem): void {
    for (const name of namesOf(item)) {
      let shelf = this.#shelves.get(name);
      if (shelf === undefined) {
        shelf = new Shelf();
        this.#shelves.set(name, shelf);
      }
      shelf.add(item);
    }
  }

  /** The very object that was added. */
  remove(item: CatalogItem): void {
    for (const name of namesOf(item)) {
      const shelf = this.#shelves.get(name);
      shelf?.remove(item);
      if (shelf?.size === 0) this.#shelves.delete(name);
    }
  }

  nearest(
    { category = '', brand = '' }: ShelfName,
    price: ShelfPrice,
    limit: number,
  ): readonly CatalogItem[] {
    return this.#shelves.get(nameOf(category, brand))?.nearest(price, limit) ?? [];
  }
}

function nameOf(category: string, brand: string): string {
  return `${brand}\u0000${category}`;
}

function namesOf({ category = '', brand = '' }: CatalogItem): readonly string[] {
  const paths = pathsOf(category);
  const names = paths.map((path) => nameOf(path, ''));
  if (brand !== '') names.push(nameOf('', brand), ...paths.map((path) => nameOf(path, brand)));
  return names;
}

/** The beginnings of a path, the shortest first. */
function pathsOf(category: string): readonly string[] {
  if (category === '') return [];
  const steps = category.split('/').slice(0, limits.catalogShelfDepthMax);
  return steps.map((_, n) => steps.slice(0, n + 1).join('/'));
}
