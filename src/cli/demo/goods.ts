import { type Choice, createCatalog, describe, type Item, yuan } from '../../generate/catalog.ts';
import { Random } from '../../generate/random.ts';
import type { JsonObject } from '../../model/json.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';

/** The two stores of the demo, in Shanghai. */
const STORES: readonly [DemoStore, ...DemoStore[]] = [
  { store_id: 'SH-001', name: 'Xintiandi', latitude: 31.2196, longitude: 121.4758 },
  { store_id: 'SH-002', name: "Jing'an Temple", latitude: 31.2233, longitude: 121.4452 },
];

interface DemoStore {
  readonly store_id: string;
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** One in so many variants is not in a store: something is always sold out. */
const ABSENT = 0.3;
const QUANTITY_MAX = 12;
/** A price that went below this share of the first one goes back to it. */
const PRICE_FLOOR = 0.6;

/** What is sold, where, and for how much by now. */
export class Goods {
  readonly stores = STORES;
  readonly #shelves = createCatalog(new Random('catalog'));
  readonly #prices = new Map<string, number>();

  itemRows(): readonly JsonObject[] {
    return this.#shelves.flat().map((item) => this.#row(item));
  }

  storeRows(now: EpochMs): readonly JsonObject[] {
    return STORES.map(({ latitude, longitude, ...store }) => ({
      ...store,
      zone: 'Asia/Shanghai',
      position: { latitude, longitude, datum: 'gcj02' },
      geofence_meters: 400,
      events: [
        {
          name: 'Winter preview',
          from: new Date(now - DAY_MS).toISOString(),
          until: new Date(now + 7 * DAY_MS).toISOString(),
        },
      ],
    }));
  }

  stockRows(random: Random): readonly JsonObject[] {
    return STORES.flatMap(({ store_id: store }) =>
      this.#shelves.flat().flatMap((item) =>
        variantsOf(item).map(({ variant_id }) => ({
          item_id: item.itemId,
          variant_id,
          store,
          quantity: random.chance(ABSENT) ? 0 : random.between(1, QUANTITY_MAX),
        })),
      ),
    );
  }

  /** Any item of the shelves of which the category begins so. */
  pick(random: Random, category = ''): Choice {
    const items = this.#shelves.flat().filter((item) => item.category.startsWith(category));
    const item = items[random.below(items.length)] as Item;
    return { item, variantId: variantsOf(item)[random.below(item.sizes.length)]?.variant_id ?? item.itemId };
  }

  /** As an event of a web shop describes it, at the price of the moment. */
  facts(choice: Choice): JsonObject {
    const { item } = choice;
    return { ...describe(choice), name: nameOf(item), price: yuan(this.#priceOf(item)), currency: 'CNY' };
  }

  /** The row of the item at a lower price. Where it has been low for long, at the first one: the sale is over. */
  markDown({ item }: Choice, share: number): JsonObject {
    const lower = Math.round((this.#priceOf(item) * (1 - share)) / 100) * 100;
    this.#prices.set(item.itemId, lower < item.price * PRICE_FLOOR ? item.price : lower);
    return this.#row(item);
  }

  #priceOf({ itemId, price }: Item): number {
    return this.#prices.get(itemId) ?? price;
  }

  #row(item: Item): JsonObject {
    return {
      item_id: item.itemId,
      name: nameOf(item),
      category: item.category,
      brand: item.brand,
      price: yuan(this.#priceOf(item)),
      currency: 'CNY',
      variants: variantsOf(item),
    };
  }
}

/** With the brand: a shelf has several linen dresses. */
function nameOf({ brand, name }: Item): string {
  return `${brand} ${name.toLowerCase()}`;
}

function variantsOf({ itemId, sizes }: Item): { readonly variant_id: string; readonly size: string }[] {
  return sizes.map((size) => ({ variant_id: `${itemId.replace('spu', 'sku')}-${size}`, size }));
}
