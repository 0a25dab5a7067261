import { TesseraError } from '../../src/errors.ts';
import { SECRET_KEY, type Server } from '../support/child.ts';

/** From a seed: the same world in every run. */
export class Shop {
  readonly #items: number;
  #seed = 20_261_122;

  constructor(items: number) {
    this.#items = items;
  }

  below(bound: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#seed / 2 ** 32) * bound);
  }

  /** Few items get most of what is done. */
  anyItem(): string {
    return `spu-${Math.floor(this.#items * (this.below(1_000_000) / 1_000_000) ** 3)}`;
  }

  /** Goods, and people who have agreed to personalization and done so many things each; resolves once all of it is applied. */
  async fill(server: Server, people: number, deeds: number): Promise<void> {
    const goods = Array.from({ length: this.#items }, (_, n) => ({
      item_id: `spu-${n}`,
      name: `Item ${n}`,
      category: `c${n % 20}/d${n % 200}`,
      brand: `b${n % 50}`,
      price: `${20 + (n % 900)}.00`,
    }));
    await sendAll(server, { method: 'PUT', path: '/v1/catalog/items' }, goods);
    const events: object[] = [];
    for (let person = 0; person < people; person++) {
      const identifiers = { user_id: `u-${person}` };
      events.push({ type: 'consent_changed', identifiers, consent: { personalization: true } });
      for (let n = 0; n < deeds; n++) events.push({ identifiers, ...this.#deed(`o-${person}-${n}`, n) });
    }
    await sendAll(server, { method: 'POST', path: '/v1/events?wait=applied' }, events);
  }

  #deed(order: string, n: number): object {
    const item_id = this.anyItem();
    if (n % 5 !== 0) return { type: 'product_viewed', properties: { item_id } };
    const products = [{ item_id, quantity: 1, price: 10 }];
    return { type: 'order_completed', properties: { order_id: order, total: 10, products } };
  }
}

const BATCH = 1_000;

interface Route {
  readonly method: string;
  readonly path: string;
}

async function sendAll(server: Server, { method, path }: Route, rows: readonly object[]): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH) {
    const answer = await fetch(`${server.address}${path}`, {
      method,
      headers: { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(rows.slice(from, from + BATCH)),
    });
    const text = await answer.text();
    if (!answer.ok) throw new TesseraError('internal', `${method} ${path}: ${text.slice(0, 400)}`);
  }
}
