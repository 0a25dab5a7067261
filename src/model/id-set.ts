import { assert } from '../errors.ts';

/** Bytes of an id. */
export const ID_BYTES = 8;

/** Up to so many are compared one after the other, which is faster than any table. */
const SCANNED_MAX = 64;

/**
 * A set of 64-bit ids that only grows, in the order in which they came: two words of a list each, because nearly every event
 * has its facet's set read and stored, and a `Set` of texts is an object for each id. Outside an id is a text of eight
 * characters of one byte each.
 */
export class IdSet implements Iterable<string> {
  #words: Int32Array;
  #size: number;
  /** Of a large set: where an id is in the list, plus one, by its hash; 0 is nowhere. At most half full. */
  #places: Int32Array | undefined;

  private constructor(words: Int32Array, size: number) {
    this.#words = words;
    this.#size = size;
    if (size > SCANNED_MAX) this.#index();
  }

  /** Ids that are all different. */
  static of(ids: Iterable<string> = []): IdSet {
    const set = new IdSet(new Int32Array(8), 0);
    for (const id of ids) set.add(id);
    return set;
  }

  /** What `toBytes` wrote. */
  static fromBytes(bytes: Uint8Array): IdSet {
    const words = new Int32Array(2 * Math.ceil(bytes.byteLength / ID_BYTES));
    for (let at = 0; at < bytes.byteLength; at++)
      words[at >>> 2] = (words[at >>> 2] ?? 0) | ((bytes[at] ?? 0) << ((at & 3) * 8));
    return new IdSet(words, words.length / 2);
  }

  toBytes(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.#size * ID_BYTES);
    for (let at = 0; at < bytes.byteLength; at++) bytes[at] = (this.#words[at >>> 2] ?? 0) >>> ((at & 3) * 8);
    return bytes;
  }

  get size(): number {
    return this.#size;
  }

  has(id: string): boolean {
    return this.#find(wordOf(id, 0), wordOf(id, 4)) >= 0;
  }

  add(id: string): void {
    // What would be cut off would be taken for another one.
    assert(id.length === ID_BYTES, 'an id has eight characters');
    const low = wordOf(id, 0);
    const high = wordOf(id, 4);
    if (this.#find(low, high) >= 0) return;
    const at = 2 * this.#size;
    if (at === this.#words.length) {
      const grown = new Int32Array(Math.max(8, 2 * at));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[at] = low;
    this.#words[at + 1] = high;
    this.#size++;
    if (this.#size <= SCANNED_MAX) return;
    if (this.#places === undefined || 2 * this.#size > this.#places.length) this.#index();
    else this.#place(this.#places, this.#size - 1);
  }

  *[Symbol.iterator](): Generator<string> {
    for (let n = 0; n < this.#size; n++) yield textOf(this.#words[2 * n] ?? 0, this.#words[2 * n + 1] ?? 0);
  }

  #find(low: number, high: number): number {
    const words = this.#words;
    const places = this.#places;
    if (places === undefined) {
      for (let n = this.#size - 1; n >= 0; n--)
        if (words[2 * n] === low && words[2 * n + 1] === high) return n;
      return -1;
    }
    // Ids are keyed hashes themselves.
    for (let slot = low & (places.length - 1); ; slot = (slot + 1) & (places.length - 1)) {
      const n = (places[slot] ?? 0) - 1;
      if (n < 0 || (words[2 * n] === low && words[2 * n + 1] === high)) return n;
    }
  }

  #index(): void {
    let length = 4 * SCANNED_MAX;
    while (length < 4 * this.#size) length *= 2;
    const places = new Int32Array(length);
    for (let n = 0; n < this.#size; n++) this.#place(places, n);
    this.#places = places;
  }

  #place(places: Int32Array, n: number): void {
    let slot = (this.#words[2 * n] ?? 0) & (places.length - 1);
    while (places[slot] !== 0) slot = (slot + 1) & (places.length - 1);
    places[slot] = n + 1;
  }
}

/** Four characters, the first one lowest. */
function wordOf(id: string, from: number): number {
  return (
    id.charCodeAt(from) |
    (id.charCodeAt(from + 1) << 8) |
    (id.charCodeAt(from + 2) << 16) |
    (id.charCodeAt(from + 3) << 24)
  );
}

function textOf(low: number, high: number): string {
  const byte = (word: number, n: number): number => (word >>> (8 * n)) & 0xff;
  return String.fromCharCode(
    ...[0, 1, 2, 3].map((n) => byte(low, n)),
    ...[0, 1, 2, 3].map((n) => byte(high, n)),
  );
}
