/**
 * The best counters of a scope, best first, of equals by the names of their items. Counts only grow, so that mending the list
 * where one grew keeps it exact: what is not in it counts no more than its last.
 *
 * Indexes stay inside the lists by construction: that is what the casts of this file say.
 */
export class BestCounters {
  readonly items: number[] = [];
  readonly scores: number[] = [];
  readonly #max: number;
  readonly #nameOf: (item: number) => string;

  constructor(max: number, nameOf: (item: number) => string) {
    this.#max = max;
    this.#nameOf = nameOf;
  }

  /** A counter has grown; 0 before: it is new. */
  grow(item: number, before: number, after: number): void {
    const last = this.items.length - 1;
    if (last === this.#max - 1 && !this.#isBefore(item, after, last)) return;
    let hole = before === 0 ? this.items.length : this.#placeOf(item, before);
    if (hole > last || this.items[hole] !== item) hole = Math.min(last + 1, this.#max - 1);
    const place = this.#placeOf(item, after, hole);
    for (; hole > place; hole--) {
      this.items[hole] = this.items[hole - 1] as number;
      this.scores[hole] = this.scores[hole - 1] as number;
    }
    this.items[place] = item;
    this.scores[place] = after;
  }

  /** Where a counter is, or would be, before a place. */
  #placeOf(item: number, score: number, end = this.items.length): number {
    let low = 0;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBefore(item, score, middle)) high = middle;
      else if (this.items[middle] === item) return middle;
      else low = middle + 1;
    }
    return low;
  }

  #isBefore(item: number, score: number, place: number): boolean {
    const other = this.scores[place] as number;
    if (score !== other) return score > other;
    const otherItem = this.items[place] as number;
    return item !== otherItem && this.#nameOf(item) < this.#nameOf(otherItem);
  }
}
