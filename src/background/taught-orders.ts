import { limits } from '../limits.ts';
import { hash53 } from '../model/hash.ts';

/** Orders that were taught, by hashes of their keys: of several reports of one order the first one teaches. Bounded, the oldest go. */
export class TaughtOrders {
  readonly #keys: Set<number>;

  constructor(keys: readonly number[] = []) {
    this.#keys = new Set(keys);
  }

  /** False for an order that was taught already. */
  add(order: string): boolean {
    const key = hash53(order);
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    if (this.#keys.size > limits.ordersTaughtMax) {
      // The set keeps the order in which keys came.
      for (const oldest of this.#keys) {
        this.#keys.delete(oldest);
        break;
      }
    }
    return true;
  }

  content(): readonly number[] {
    return [...this.#keys];
  }
}
