/*
 * Problem: half a million counters by scope and item, a few of which change with every event: as maps of objects they cost
 * ten times what parsing the event does, most of it in misses of the cache.
 * Idea: nearly every event counts for everything (scope 1) and for the one category that its item is in, so each item has a
 * record of both, which is one miss; whatever else is counted of an item lies in one open table, linear probing at half load,
 * in records of 16 bytes, which is another.
 * Invariant: a free place of the table has the scope 0, which no counter has; a counter of 0 is none.
 * Indexes stay inside their arrays by construction: that is what the casts of this file say.
 */

const RECORD_BYTES = 16;
/** The scope that each item's record has room for, beside the first other one that is counted of it. */
const FIRST_SCOPE = 1;
/** Doubles of an item's record: what it counts in the first scope and in its own other one, and the number of that. */
const ITEM_DOUBLES = 4;
const OWN_SCORE = 1;
const OWN_SCOPE = 2;
const ITEMS_AT_FIRST = 1_024;

export class CounterTable {
  /** Four words a record: scope, item, and the score, which is the second double of the record. */
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #mask: number;
  /** By item, grown as items come. */
  #items = new Float64Array(ITEMS_AT_FIRST * ITEM_DOUBLES);
  #size = 0;

  /** Room for so many at half load. */
  constructor(countersMax: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(2, countersMax * 2)));
    const buffer = new ArrayBuffer(places * RECORD_BYTES);
    this.#words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
    this.#mask = places - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds more than 0 to a counter; answers what it counted before, 0 of a new one. */
  add(scope: number, item: number, amount: number): number {
    const at = item * ITEM_DOUBLES;
    if (at >= this.#items.length) this.#grow(at);
    const items = this.#items;
    if (scope === FIRST_SCOPE) return this.#addAt(items, at, amount);
    const own = items[at + OWN_SCOPE] as number;
    if (own === 0) items[at + OWN_SCOPE] = scope;
    if (own === 0 || own === scope) return this.#addAt(items, at + OWN_SCORE, amount);
    const place = this.#placeOf(scope, item);
    if (this.#words[4 * place] === 0) {
      this.#words[4 * place] = scope;
      this.#words[4 * place + 1] = item;
    }
    return this.#addAt(this.#doubles, 2 * place + 1, amount);
  }

  /** 0 where there is none. */
  get(scope: number, item: number): number {
    const at = item * ITEM_DOUBLES;
    if (scope === FIRST_SCOPE) return this.#items[at] ?? 0;
    if (this.#items[at + OWN_SCOPE] === scope) return this.#items[at + OWN_SCORE] as number;
    const place = this.#placeOf(scope, item);
    return this.#words[4 * place] === 0 ? 0 : (this.#doubles[2 * place + 1] as number);
  }

  clear(): void {
    this.#words.fill(0);
    this.#items = new Float64Array(ITEMS_AT_FIRST * ITEM_DOUBLES);
    this.#size = 0;
  }

  /** Counters in no order; the table must not change meanwhile. */
  *all(): Iterable<readonly [scope: number, item: number, score: number]> {
    const items = this.#items;
    for (let at = 0; at < items.length; at += ITEM_DOUBLES) {
      const [first, own] = [items[at] as number, items[at + OWN_SCORE] as number];
      if (first !== 0) yield [FIRST_SCOPE, at / ITEM_DOUBLES, first];
      if (own !== 0) yield [items[at + OWN_SCOPE] as number, at / ITEM_DOUBLES, own];
    }
    for (let place = 0; place <= this.#mask; place++) {
      const scope = this.#words[4 * place] as number;
      if (scope !== 0)
        yield [scope, this.#words[4 * place + 1] as number, this.#doubles[2 * place + 1] as number];
    }
  }

  #addAt(scores: Float64Array, at: number, amount: number): number {
    const before = scores[at] as number;
    scores[at] = before + amount;
    if (before === 0) this.#size++;
    return before;
  }

  #grow(at: number): void {
    const grown = new Float64Array(Math.max(this.#items.length * 2, at + ITEM_DOUBLES));
    grown.set(this.#items);
    this.#items = grown;
  }

  #placeOf(scope: number, item: number): number {
    const words = this.#words;
    let place = mixed(scope, item) & this.#mask;
    for (let known = words[4 * place]; known !== 0; known = words[4 * place]) {
      if (known === scope && words[4 * place + 1] === item) break;
      place = (place + 1) & this.#mask;
    }
    return place;
  }
}

/** Multiplications by odd constants and shifts, so that neighbors in either number are none in the table. */
function mixed(scope: number, item: number): number {
  let word = Math.imul(scope, 0x9e3779b1) ^ Math.imul(item, 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
  return word ^ (word >>> 13);
}
