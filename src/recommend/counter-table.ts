/*
 * Problem: half a million counters by scope and item, a few of which change with every event: as maps of objects they cost
 * ten times what parsing the event does, most of it in misses of the cache.
 * Idea: one open table, linear probing at half load; a counter is a record of 16 bytes, so that it is one miss.
 * Invariant: a free place has the scope 0, which no counter has.
 * Indexes stay inside their arrays by construction: that is what the casts of this file say.
 */

const RECORD_BYTES = 16;

export class CounterTable {
  /** Four words a record: scope, item, and the score, which is the second double of the record. */
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #mask: number;
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

  /** Adds to a counter; answers what it counted before, 0 of a new one. */
  add(scope: number, item: number, amount: number): number {
    const place = this.#placeOf(scope, item);
    const score = 2 * place + 1;
    if (this.#words[4 * place] === 0) {
      this.#words[4 * place] = scope;
      this.#words[4 * place + 1] = item;
      this.#doubles[score] = amount;
      this.#size++;
      return 0;
    }
    const before = this.#doubles[score] as number;
    this.#doubles[score] = before + amount;
    return before;
  }

  /** 0 where there is none. */
  get(scope: number, item: number): number {
    const place = this.#placeOf(scope, item);
    return this.#words[4 * place] === 0 ? 0 : (this.#doubles[2 * place + 1] as number);
  }

  clear(): void {
    this.#words.fill(0);
    this.#size = 0;
  }

  /** Counters in no order; the table must not change meanwhile. */
  *all(): Iterable<readonly [scope: number, item: number, score: number]> {
    for (let place = 0; place <= this.#mask; place++) {
      const scope = this.#words[4 * place] as number;
      if (scope !== 0)
        yield [scope, this.#words[4 * place + 1] as number, this.#doubles[2 * place + 1] as number];
    }
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
