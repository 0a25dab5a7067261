import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import type { Random } from '../e2e/support/seeded-random.ts';
import type { FusedEngine } from './fused-engine.ts';

/** A few people who share a tablet, sign in and out, order, return and cancel, some of it late and some of it twice. */
export class BackfillShop {
  #engine: FusedEngine;
  readonly #random: Random;
  readonly #sent: JsonObject[] = [];
  #events = 0;

  constructor(engine: FusedEngine, random: Random) {
    this.#engine = engine;
    this.#random = random;
  }

  /** Goes on with the engine that took the place of the one before. */
  moveTo(engine: FusedEngine): void {
    this.#engine = engine;
  }

  /** Batches with pauses between them, and now and then an operator who merges people or takes them apart. */
  async live(batches: number): Promise<void> {
    const random = this.#random;
    for (let batch = 0; batch < batches; batch++) {
      const events = Array.from({ length: random.between(1, 6) }, () => this.#event());
      // Admission seals values in place.
      const as = random.pick<'secret' | 'write'>(['secret', 'secret', 'write']);
      // Without waiting: a job may append in between, and what it appended is folded first.
      await this.#engine.send(structuredClone(events), as, { wait: false });
      await this.#engine.drain();
      if (random.between(0, 5) === 0) await this.#operate();
      this.#engine.clock.advance(random.pick([0, 1_000, 20_000, HOUR_MS, HOUR_MS, DAY_MS, 9 * DAY_MS]));
    }
  }

  async #operate(): Promise<void> {
    const random = this.#random;
    const [first, ...rest] = [...this.#engine.state().keys()]
      .filter((key) => key.startsWith('i/'))
      .map((key) => key.slice(2));
    if (first === undefined) return;
    const identifier = random.pick([first, ...rest]);
    const other = random.pick([first, ...rest]);
    await this.#engine.command(
      random.pick([true, false])
        ? { type: 'split', identifier }
        : { type: 'merge', identifiers: [identifier, other] },
    );
  }

  #event(): JsonObject {
    const random = this.#random;
    const [first, ...rest] = this.#sent;
    if (first !== undefined && random.between(0, 9) === 0) return random.pick([first, ...rest]);
    const lateMs = random.pick([0, 0, 0, 5_000, HOUR_MS, 3 * DAY_MS, random.between(0, 60 * DAY_MS)]);
    this.#events++;
    const event = {
      id: `e-${this.#events}`,
      time: new Date(this.#engine.clock.now() - lateMs).toISOString(),
      identifiers: this.#identifiers(),
      ...this.#body(),
    };
    this.#sent.push(event);
    return event;
  }

  #identifiers(): JsonObject {
    const random = this.#random;
    const n = random.between(1, 5);
    const device = random.pick([`device-${n}`, `device-${n}`, 'tablet']);
    return {
      ...(random.between(0, 2) > 0 ? { device_id: device } : {}),
      ...(random.between(0, 2) === 0 ? { anonymous_id: `cookie-${n}${random.between(0, 2)}` } : {}),
      ...(random.between(0, 2) === 0 ? { user_id: `user-${n}0` } : {}),
      ...(random.between(0, 4) === 0 ? { phone: `1390000111${n}` } : {}),
    };
  }

  #body(): JsonObject {
    const random = this.#random;
    const order_id = `o-${random.between(1, 15)}`;
    const kind = random.between(0, 19);
    if (kind === 0) return { type: random.pick(['signed_in', 'signed_out']) };
    if (kind === 1) return { type: 'order_cancelled', properties: { order_id } };
    if (kind <= 3)
      return { type: 'order_refunded', properties: { order_id, total: this.#money(), kind: 'return' } };
    if (kind <= 8) return { type: 'order_completed', properties: { order_id, products: this.#products() } };
    if (kind === 9) return { type: 'store_entered', properties: { store_id: 's-1' } };
    if (kind === 10) return { type: 'product_added', properties: { cart_id: 'c', ...this.#products()[0] } };
    return {
      type: 'product_viewed',
      properties: {
        item_id: `spu-${random.between(1, 9)}`,
        brand: random.pick(['b1', 'b2', 'b3']),
        price: this.#money(),
        seconds: random.between(0, 300),
        tags: random.pick([[], ['t1'], ['t2', 't3'], ['t1', 't4', 't5']]),
      },
    };
  }

  #money(): string {
    return (this.#random.between(100, 90_000) / 100).toFixed(2);
  }

  #products(): JsonObject[] {
    const random = this.#random;
    return Array.from({ length: random.between(1, 3) }, () => ({
      item_id: `spu-${random.between(1, 9)}`,
      category: random.pick(['c1', 'c2', 'c3']),
      quantity: random.between(1, 3),
      price: this.#money(),
    }));
  }
}
