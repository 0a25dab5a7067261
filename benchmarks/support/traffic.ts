import { createRandom } from './random.ts';

/*
 * What the bench sends, and at once the oracle: the generator keeps what each person's profile must say in the end,
 * by plain counting, so that a fast engine that loses or repeats an event is a failed run and not a good result.
 */
export const PEOPLE = 5_000;
export const ITEMS = 1_000;

export interface Expected {
  views: number;
  carts: number;
  orders: number;
  grossMinor: number;
}

export class Traffic {
  readonly expected = new Map<string, Expected>();
  readonly #random = createRandom(20_261_121);
  readonly #people: number;
  #sent = 0;

  constructor(people = PEOPLE) {
    this.#people = people;
  }

  get sent(): number {
    return this.#sent;
  }

  /** The JSON of the next event: 80 % views, 15 % carts, 5 % orders; every third one names a user besides the browser. */
  next(): string {
    const random = this.#random;
    const n = this.#sent++;
    const person = random(this.#people);
    const item = random(ITEMS);
    const kind = random(100);
    const price = 1_000 + random(90_000);
    const expected = this.#expect(`b-${person}`);
    const identifiers =
      n % 3 === 0 ? { anonymous_id: `b-${person}`, user_id: `u-${person}` } : { anonymous_id: `b-${person}` };
    const product = {
      item_id: `spu-${item}`,
      variant_id: `sku-${item}-${item % 5}`,
      category: `women/category-${item % 40}/sub-${item % 7}`,
      brand: `brand-${item % 60}`,
      price: price / 100,
      currency: 'CNY',
    };
    const common = { id: `bench-${n}`, channel: 'web', identifiers, context: { store: `SH-${item % 20}` } };
    if (kind < 80) {
      expected.views++;
      return JSON.stringify({ ...common, type: 'product_viewed', properties: product });
    }
    if (kind < 95) {
      expected.carts++;
      return JSON.stringify({ ...common, type: 'product_added', properties: { ...product, quantity: 1 } });
    }
    expected.orders++;
    expected.grossMinor += price;
    const properties = {
      order_id: `order-${n}`,
      total: price / 100,
      currency: 'CNY',
      products: [{ ...product, currency: undefined, quantity: 1 }],
    };
    return JSON.stringify({ ...common, type: 'order_completed', properties });
  }

  /** Two views of each person, the second one with both identifiers: from then on everybody is known. */
  *introductions(): Generator<string> {
    for (let person = 0; person < this.#people; person++) {
      for (const named of [{}, { user_id: `u-${person}` }]) {
        this.#expect(`b-${person}`).views++;
        const identifiers = { anonymous_id: `b-${person}`, ...named };
        const properties = { item_id: 'spu-0', price: 10, currency: 'CNY' };
        yield JSON.stringify({
          id: `bench-${this.#sent++}`,
          type: 'product_viewed',
          identifiers,
          properties,
        });
      }
    }
  }

  batch(size: number): string {
    const events: string[] = [];
    for (let i = 0; i < size; i++) events.push(this.next());
    return `[${events.join(',')}]`;
  }

  #expect(person: string): Expected {
    const known = this.expected.get(person);
    if (known !== undefined) return known;
    const fresh = { views: 0, carts: 0, orders: 0, grossMinor: 0 };
    this.expected.set(person, fresh);
    return fresh;
  }
}

export const trafficDescription =
  `${PEOPLE.toLocaleString('en')} people, ${ITEMS.toLocaleString('en')} items, uniformly drawn from a fixed seed; 80 % product_viewed, 15 % product_added, ` +
  '5 % order_completed; one identifier (anonymous_id), on every third event two (and user_id); about 300 bytes an event';
