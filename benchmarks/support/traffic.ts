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

const NOTHING: Expected = Object.freeze({ views: 0, carts: 0, orders: 0, grossMinor: 0 });

export interface TrafficOptions {
  readonly people?: number;
  /** What everybody's profile says before anything is sent here; default nothing. */
  readonly known?: Expected;
  /** The first person's number. */
  readonly first?: number;
  /** False: nobody signs in, so every event has one identifier. */
  readonly named?: boolean;
  /** What ids of events begin with: no two that reach one engine may be the same. */
  readonly prefix?: string;
}

export class Traffic {
  readonly expected = new Map<string, Expected>();
  readonly #random = createRandom(20_261_121);
  readonly #options: Required<TrafficOptions>;
  #sent = 0;

  constructor(options: TrafficOptions = {}) {
    this.#options = { people: PEOPLE, known: NOTHING, first: 0, named: true, prefix: 'bench', ...options };
  }

  get sent(): number {
    return this.#sent;
  }

  /** The JSON of the next event: 80 % views, 15 % carts, 5 % orders; every third one names a user besides the browser. */
  next(): string {
    const random = this.#random;
    const n = this.#sent++;
    const { people, first, prefix } = this.#options;
    const person = first + random(people);
    const item = random(ITEMS);
    const kind = random(100);
    const price = 1_000 + random(90_000);
    const expected = this.#expect(`b-${person}`);
    const identifiers = this.#identifiersOf(person, n % 3 === 0);
    const product = {
      item_id: `spu-${item}`,
      variant_id: `sku-${item}-${item % 5}`,
      category: `women/category-${item % 40}/sub-${item % 7}`,
      brand: `brand-${item % 60}`,
      price: price / 100,
      currency: 'CNY',
    };
    const common = {
      id: `${prefix}-${n}`,
      channel: 'web',
      identifiers,
      context: { store: `SH-${item % 20}` },
    };
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
    for (let person = 0; person < this.#options.people; person++) {
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

  /** One view of each person with both identifiers: what makes everybody known at the least cost. */
  *arrivals(): Generator<string> {
    const { people, first, prefix } = this.#options;
    for (let person = first; person < first + people; person++) {
      this.#expect(`b-${person}`).views++;
      yield JSON.stringify({
        id: `${prefix}-${this.#sent++}`,
        type: 'product_viewed',
        identifiers: this.#identifiersOf(person, true),
        properties: { item_id: 'spu-0', price: 10, currency: 'CNY' },
      });
    }
  }

  batch(size: number): string {
    const events: string[] = [];
    for (let i = 0; i < size; i++) events.push(this.next());
    return `[${events.join(',')}]`;
  }

  #identifiersOf(person: number, named: boolean): Readonly<Record<string, string>> {
    const anonymous_id = `b-${person}`;
    return named && this.#options.named ? { anonymous_id, user_id: `u-${person}` } : { anonymous_id };
  }

  #expect(person: string): Expected {
    const known = this.expected.get(person);
    if (known !== undefined) return known;
    const fresh = { ...this.#options.known };
    this.expected.set(person, fresh);
    return fresh;
  }
}

export function describeTraffic(people: number): string {
  return (
    `${people.toLocaleString('en')} people, ${ITEMS.toLocaleString('en')} items, uniformly drawn from a fixed seed; 80 % product_viewed, 15 % product_added, ` +
    '5 % order_completed; one identifier (anonymous_id), on every third event two (and user_id); about 300 bytes an event'
  );
}
