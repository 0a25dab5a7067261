import type { JsonObject } from '../../src/model/json.ts';
import { createRandom, type Random } from '../e2e/support/seeded-random.ts';
import type { FusedEngine } from './fused-engine.ts';

/**
 * A shop in which few people meet over few devices, for tests of what is left of it: late events, repeats, orders with
 * refunds, sign-outs, merges and unmerges by operators. All from one seed.
 */
const PEOPLE = ['u-1', 'u-2', 'u-3', 'u-4'] as const;
const PHONES = ['13900001111', '13700002222', '13600003333'] as const;
const DEVICES = ['d-1', 'd-2', 'd-3', 'd-4'] as const;
const DAY_MS = 86_400_000;

/** Identifiers that the shop knows, as a reader asks for them. */
export const shopIdentifiers: readonly (readonly [type: string, value: string])[] = [
  ...PEOPLE.map((value) => ['user_id', value] as const),
  ...PHONES.map((value) => ['phone', value] as const),
  ...DEVICES.map((value) => ['device_id', value] as const),
];

export class CrowdedShop {
  readonly #engine: FusedEngine;
  readonly #random: Random;
  readonly #sent: JsonObject[] = [];
  #serial = 0;

  constructor(engine: FusedEngine, seed: number) {
    this.#engine = engine;
    this.#random = createRandom(seed);
  }

  /** A little of everything; the clock moves on before and after. */
  async round(): Promise<void> {
    const { next, between } = this.#random;
    this.#engine.clock.advance(between(1, next() < 0.1 ? 3 * DAY_MS : 40 * 60_000));
    const chance = next();
    if (chance < 0.08) await this.#command();
    else if (chance < 0.16) await this.#repeat();
    else await this.#send(Array.from({ length: between(1, 4) }, () => this.#event()));
    this.#engine.clock.advance(1);
  }

  async #send(events: readonly JsonObject[]): Promise<void> {
    this.#sent.push(...events);
    await this.#engine.send(events, this.#random.next() < 0.5 ? 'secret' : 'write');
  }

  async #repeat(): Promise<void> {
    const known = this.#sent[this.#random.between(0, this.#sent.length - 1)];
    if (known !== undefined) await this.#engine.send([known]);
  }

  /** Refused ones are part of life. */
  async #command(): Promise<void> {
    const { pick, next } = this.#random;
    const named = (type: string, value: string): string => {
      const index = this.#engine.opening.indexOf(type, value);
      return `${index?.type}:${index?.hash}`;
    };
    const identifier = next() < 0.5 ? named('phone', pick(PHONES)) : named('device_id', pick(DEVICES));
    if (next() < 0.7) await this.#engine.command({ type: 'split', identifier });
    else
      await this.#engine.command({
        type: 'merge',
        identifiers: [identifier, named('user_id', pick(PEOPLE))],
      });
  }

  #event(): JsonObject {
    const { next, between, pick } = this.#random;
    const ago = next() < 0.7 ? between(0, 60_000) : between(0, 20 * DAY_MS);
    const identifiers = this.#identifiers();
    return {
      id: `e-${++this.#serial}`,
      time: new Date(this.#engine.clock.now() - ago).toISOString(),
      identifiers,
      ...this.#content(pick),
    };
  }

  #identifiers(): JsonObject {
    const { next, pick } = this.#random;
    const identifiers: Record<string, string> = {};
    if (next() < 0.7) identifiers.device_id = pick(DEVICES);
    if (next() < 0.4) identifiers.user_id = pick(PEOPLE);
    if (next() < 0.3) identifiers.phone = pick(PHONES);
    return Object.keys(identifiers).length === 0 ? { device_id: pick(DEVICES) } : identifiers;
  }

  #content(pick: Random['pick']): JsonObject {
    const { next, between } = this.#random;
    const chance = next();
    const price = (between(1, 99_999) / 100).toFixed(2);
    const item_id = `spu-${between(1, 9)}`;
    const category = pick(['women/plus-size/dresses', 'men/shoes', 'kids/toys']);
    const brand = pick(['a', 'b', 'c']);
    if (chance < 0.45) {
      const type = pick(['product_viewed', 'product_added', 'product_removed', 'product_favorited']);
      return { type, properties: { item_id, category, brand, price } };
    }
    const order_id = `o-${between(1, 40)}`;
    if (chance < 0.65) {
      const products = [{ item_id, category, brand, quantity: between(1, 3), price }];
      return { type: 'order_completed', properties: { order_id, products } };
    }
    if (chance < 0.72) {
      const type = pick(['order_refunded', 'order_cancelled']);
      return { type, properties: { order_id, total: price } };
    }
    if (chance < 0.8) {
      const traits = { size: pick(['S', 'M', 'L']), name: pick(['Ann', 'Bob']), city: pick(['x', 'y']) };
      return { type: 'profile_identified', traits };
    }
    if (chance < 0.86) {
      return {
        type: 'consent_changed',
        consent: { marketing: { sms: next() < 0.5 }, sharing: next() < 0.5 },
      };
    }
    return chance < 0.95 ? { type: 'signed_out' } : { type: 'signed_in' };
  }
}
