import type { EpochMs } from '../model/time.ts';
import { DAY_MS } from '../model/time.ts';
import { type RecentSessions, ROW_HEAD } from './recent-sessions.ts';
import { ITEM_NUMBERS } from './session-parameters.ts';

/** An item whose company is asked for, and what it counts. */
export interface BasketSource {
  readonly item: string;
  readonly weight: number;
}

export interface Companion {
  readonly item: string;
  readonly score: number;
  /** The source that counts most for it, of equals the first. */
  readonly because: string;
}

/** An order of that age counts half. */
const HALF_LIFE_DAYS = 90;
const AGE_DAYS_MAX = 3_650;
const SECONDS_PER_DAY = DAY_MS / 1_000;

/**
 * What is bought together, over an index whose sessions are orders:
 *
 *   score(j) = sum over sources q of weight(q) × sum over the newest m orders with q and j of 2^(-age / 90 d)
 *              / sqrt(orders with j)
 *
 * The root keeps what everybody buys (bags at the till) from being everybody's companion: without the popularity of q,
 * which is the same for all j, this is the cosine of two items' orders.
 *
 * Indexes stay inside their arrays by construction: that is what the casts of this file say.
 */
export class RecentBaskets {
  readonly #index: RecentSessions;
  readonly #votes: Float64Array;
  /** What the source at hand counts for an item, and the most that any source did so far. */
  readonly #share: Float64Array;
  readonly #most: Float64Array;
  readonly #because: Uint8Array;
  readonly #decay = Float64Array.from(
    { length: AGE_DAYS_MAX + 1 },
    (_, days) => 2 ** (-days / HALF_LIFE_DAYS),
  );

  constructor(index: RecentSessions) {
    const { items } = index.capacity;
    this.#index = index;
    this.#votes = new Float64Array(items);
    this.#share = new Float64Array(items);
    this.#most = new Float64Array(items);
    this.#because = new Uint8Array(items);
  }

  /** The best companions, best first, of equals by their ids; at most 255 sources. */
  rank(sources: readonly BasketSource[], now: EpochMs, limit: number): readonly Companion[] {
    const found: number[] = [];
    for (const [n, { item, weight }] of sources.entries()) {
      const number = this.#index.items.find(item);
      if (number === undefined) continue;
      const shared = this.#countOrders(number, now);
      for (const other of shared) {
        const share = weight * (this.#share[other] as number);
        this.#share[other] = 0;
        if (this.#votes[other] === 0) found.push(other);
        this.#votes[other] = (this.#votes[other] as number) + share;
        if (share > (this.#most[other] as number)) {
          this.#most[other] = share;
          this.#because[other] = n;
        }
      }
    }
    return this.#best(found, sources, limit);
  }

  /** Decayed counts of what was bought with an item, into `#share`; answers what there is. */
  #countOrders(number: number, now: EpochMs): readonly number[] {
    const { postings, next, sessions, slotMask, parameters } = this.#index;
    const length = Math.min(postings.lengthOf(number), parameters.sessionsPerItem);
    const { block, last, mask } = postings.placeOf(number);
    const found: number[] = [];
    for (let n = 0; n < length; n++) {
      const order = postings.cells[block + ((last - n) & mask)] as number;
      if ((next - order) >>> 0 > sessions) continue;
      this.#countOrder(order & slotMask, { number, now, found });
    }
    return found;
  }

  #countOrder(
    slot: number,
    { number, now, found }: { readonly number: number; readonly now: EpochMs; readonly found: number[] },
  ): void {
    const { rows, capacity } = this.#index;
    const row = slot * (ROW_HEAD + capacity.sessionItems);
    const days = Math.floor((now / 1_000 - (rows[row + 1] as number)) / SECONDS_PER_DAY);
    const decay = this.#decay[Math.max(0, Math.min(days, AGE_DAYS_MAX))] as number;
    const end = row + ROW_HEAD + Math.min(rows[row] as number, capacity.sessionItems);
    for (let at = row + ROW_HEAD; at < end; at++) {
      const other = (rows[at] as number) & ITEM_NUMBERS;
      if (other === number) continue;
      const before = this.#share[other] as number;
      if (before === 0) found.push(other);
      this.#share[other] = before + decay;
    }
  }

  /** By insertion into a short list. Leaves the arrays clean. */
  #best(found: readonly number[], sources: readonly BasketSource[], limit: number): readonly Companion[] {
    const { items, sessionsWith } = this.#index;
    const best: Companion[] = [];
    for (const number of found) {
      const score = (this.#votes[number] as number) / Math.sqrt(sessionsWith[number] as number);
      const because = (sources[this.#because[number] as number] as BasketSource).item;
      this.#votes[number] = 0;
      this.#most[number] = 0;
      const worst = best.length === limit ? best[limit - 1] : undefined;
      if (worst !== undefined && score < worst.score) continue;
      const companion = { item: items.nameOf(number), score, because };
      if (worst !== undefined && !isBefore(companion, worst)) continue;
      if (worst !== undefined) best.pop();
      let place = best.length;
      while (place > 0 && isBefore(companion, best[place - 1] as Companion)) place--;
      best.splice(place, 0, companion);
    }
    return best;
  }
}

/** The order of everything that is ranked: what scores more first, of equals the smaller id. */
export function isBefore(
  a: { readonly item: string; readonly score: number },
  b: { readonly item: string; readonly score: number },
): boolean {
  return a.score > b.score || (a.score === b.score && a.item < b.item);
}
