import type { CatalogItem } from './catalog.ts';

/** How near two prices of one currency are, by proportion: 1 where they are equal, 0.5 where one is twice the other; 0 where one is unknown. */
export function priceCloseness(a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined) return 0;
  if (a === b) return 1;
  const [low, high] = a < b ? [a, b] : [b, a];
  return low <= 0 ? 0 : low / high;
}

type Priced = Pick<CatalogItem, 'item_id' | 'currency' | 'price'>;

/** Ascending by currency, price and id; what has no price comes first. */
export function compareByPrice(a: Priced, b: Priced): number {
  return (
    compare(a.currency ?? '', b.currency ?? '') ||
    compare(a.price ?? -1, b.price ?? -1) ||
    compare(a.item_id, b.item_id)
  );
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
