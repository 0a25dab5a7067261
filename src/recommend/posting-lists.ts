/*
 * Problem: 100,000 items each have up to m sessions, most of them few, and both lists and sessions come and go.
 * Idea: one pool of cells; a list lies in a block of 4, 8, 16 … m cells, moves to a block of twice the size when it is
 * full, and at m (or when the pool is used up) becomes a ring that overwrites its oldest. Freed blocks wait by size.
 * Invariant: the newest `lengthOf` sessions of an item lie in its block, oldest at `start`.
 * Indexes stay inside their arrays by construction: that is what the casts of this file say.
 */

const SMALLEST = 4;
const LISTED_AT_ONCE = 2 ** 15;

export class PostingLists {
  readonly cells: Uint32Array;
  /** First cell of an item's block. */
  readonly #block: Uint32Array;
  /** log2 of the size of its block; 0 where it has none. */
  readonly #size: Uint8Array;
  readonly #length: Uint32Array;
  readonly #start: Uint32Array;
  readonly #largest: number;
  /** By log2 of their size, blocks that were freed, newest last. */
  readonly #free: number[][] = Array.from({ length: 32 }, () => []);
  #used = 0;

  constructor({ items, cells, largest }: { items: number; cells: number; largest: number }) {
    this.cells = new Uint32Array(cells);
    this.#block = new Uint32Array(items);
    this.#size = new Uint8Array(items);
    this.#length = new Uint32Array(items);
    this.#start = new Uint32Array(items);
    this.#largest = Math.max(largest, SMALLEST);
  }

  /** Cells that were ever in a block. */
  get used(): number {
    return this.#used;
  }

  lengthOf(item: number): number {
    return this.#length[item] as number;
  }

  /** Where a list lies: its n-th newest session, from 0, is in cell `block + ((last - n) & mask)`. */
  placeOf(item: number): { readonly block: number; readonly last: number; readonly mask: number } {
    return {
      block: this.#block[item] as number,
      last: (this.#start[item] as number) + (this.#length[item] as number) - 1,
      mask: (1 << (this.#size[item] as number)) - 1,
    };
  }

  /** Cell of the n-th newest session of an item; 0 is the newest. */
  at(item: number, n: number): number {
    const mask = (1 << (this.#size[item] as number)) - 1;
    const last = (this.#start[item] as number) + (this.#length[item] as number) - 1;
    return (this.#block[item] as number) + ((last - n) & mask);
  }

  /** The session becomes the newest of the item; false where there is no room for even the smallest list. */
  add(item: number, session: number): boolean {
    let size = this.#size[item] as number;
    const length = this.#length[item] as number;
    if (size === 0 || length === 1 << size) {
      if (!this.#grow(item) && size === 0) return false;
      size = this.#size[item] as number;
    }
    const mask = (1 << size) - 1;
    const start = this.#start[item] as number;
    this.cells[(this.#block[item] as number) + ((start + length) & mask)] = session;
    if (length <= mask) this.#length[item] = length + 1;
    else this.#start[item] = (start + 1) & mask;
    return true;
  }

  /** The item has no list any more. */
  drop(item: number): void {
    const size = this.#size[item] as number;
    if (size > 0) this.#free[size]?.push(this.#block[item] as number);
    this.#size[item] = 0;
    this.#length[item] = 0;
    this.#start[item] = 0;
  }

  #grow(item: number): boolean {
    const size = this.#size[item] as number;
    const wanted = size === 0 ? Math.log2(SMALLEST) : size + 1;
    if (1 << wanted > this.#largest) return false;
    const block = this.#take(wanted);
    if (block === undefined) return false;
    const length = this.#length[item] as number;
    for (let n = 0; n < length; n++)
      this.cells[block + length - 1 - n] = this.cells[this.at(item, n)] as number;
    if (size > 0) this.#free[size]?.push(this.#block[item] as number);
    this.#block[item] = block;
    this.#size[item] = wanted;
    this.#start[item] = 0;
    return true;
  }

  #take(size: number): number | undefined {
    const freed = this.#free[size]?.pop();
    if (freed !== undefined) return freed;
    if (this.#used + (1 << size) > this.cells.length) return undefined;
    const block = this.#used;
    this.#used += 1 << size;
    return block;
  }

  /** How long the lists of so many items are. */
  lengths(items: number): Uint32Array {
    return this.#length.slice(0, items);
  }

  /** What the lists of so many items hold, oldest session first, in arrays of some thousand. */
  *lists(items: number): Iterable<Uint32Array> {
    const room = Math.max(LISTED_AT_ONCE, this.#largest);
    let some = new Uint32Array(room);
    let place = 0;
    for (let item = 0; item < items; item++) {
      const length = this.#length[item] as number;
      if (place + length > room) {
        yield some.subarray(0, place);
        some = new Uint32Array(room);
        place = 0;
      }
      for (let n = length - 1; n >= 0; n--) some[place++] = this.cells[this.at(item, n)] as number;
    }
    yield some.subarray(0, place);
  }

  /** Takes what `lengths` and `lists` gave into an empty pool. */
  read({ lengths, sessions }: { readonly lengths: Uint32Array; readonly sessions: Uint32Array }): void {
    let place = 0;
    for (const [item, length] of lengths.entries())
      for (let n = 0; n < length; n++) this.add(item, sessions[place++] as number);
  }
}
