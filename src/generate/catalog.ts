import type { JsonObject } from '../model/json.ts';
import type { Random } from './random.ts';

/** One product of the assortment; prices in fen. */
export interface Item {
  readonly itemId: string;
  readonly name: string;
  readonly category: string;
  readonly brand: string;
  readonly price: number;
  readonly sizes: readonly [string, ...string[]];
}

type Sizes = readonly [string, ...string[]];

const CLOTHES: Sizes = ['S', 'M', 'L', 'XL'];
const PLUS: Sizes = ['2XL', '3XL', '4XL'];
const SHOES: Sizes = ['36', '37', '38', '39', '40', '41', '42'];
const ONE: Sizes = ['one'];

/** Category, what its items are called, least and greatest price in yuan, sizes. */
type Shelf = readonly [string, string, number, number, Sizes];

const SHELVES: readonly [Shelf, ...Shelf[]] = [
  ['women/dresses', 'dress', 199, 899, CLOTHES],
  ['women/tops', 'blouse', 99, 399, CLOTHES],
  ['women/plus-size/dresses', 'wide dress', 229, 929, PLUS],
  ['women/plus-size/tops', 'wide blouse', 119, 429, PLUS],
  ['women/shoes/loafers', 'loafer', 259, 799, SHOES],
  ['men/shirts', 'shirt', 129, 499, CLOTHES],
  ['men/jackets', 'jacket', 399, 1_599, CLOTHES],
  ['men/shoes/sneakers', 'sneaker', 299, 999, SHOES],
  ['kids/outerwear', 'coat', 159, 599, ['110', '120', '130', '140']],
  ['home/bedding', 'sheet', 99, 699, ONE],
  ['beauty/skin', 'cream', 59, 459, ONE],
  ['accessories/bags', 'bag', 199, 1_299, ONE],
];

const BRANDS: readonly [string, ...string[]] = ['Lumen', 'Paseo', 'Tidewater', 'Anran', 'Nordlys', 'Basics'];
const MATERIALS: readonly [string, ...string[]] = ['Linen', 'Cotton', 'Wool', 'Silk', 'Canvas', 'Soft'];
const ITEMS_PER_SHELF = 40;

/** The assortment, shelf by shelf: a shopper prefers two shelves and looks at the first items most. */
export type Catalog = readonly (readonly Item[])[];

export function createCatalog(random: Random): Catalog {
  return SHELVES.map(([category, noun, least, most, sizes], shelf) =>
    Array.from({ length: ITEMS_PER_SHELF }, (_, place) => ({
      itemId: `spu-${String(shelf * ITEMS_PER_SHELF + place + 1).padStart(4, '0')}`,
      name: `${random.pick(MATERIALS)} ${noun}`,
      category,
      brand: random.pick(BRANDS),
      price: random.between(least, most) * 100,
      sizes,
    })),
  );
}

/** A product as somebody looks at it or puts it into the cart. */
export interface Choice {
  readonly item: Item;
  readonly variantId: string;
}

export function chooseItem(
  random: Random,
  catalog: Catalog,
  shelves: readonly [number, ...number[]],
): Choice {
  const shelf = random.chance(0.8) ? random.pick(shelves) : random.below(catalog.length);
  const items = catalog[shelf] ?? [];
  // The square makes the first items of a shelf its best sellers.
  const item = items[Math.floor(random.share() ** 2 * items.length)] as Item;
  return { item, variantId: `${item.itemId.replace('spu', 'sku')}-${random.pick(item.sizes)}` };
}

/** Product facts as events carry them, without a currency where the bill names it. */
export function describe({ item, variantId }: Choice): JsonObject {
  return {
    item_id: item.itemId,
    variant_id: variantId,
    name: item.name,
    category: item.category,
    brand: item.brand,
    price: yuan(item.price),
  };
}

/** 39900 → `399.00`. */
export function yuan(fen: number): string {
  return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
}
