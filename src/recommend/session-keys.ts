/*
 * Finds the session of a key among up to a million, without a million strings: an open table of session numbers, by the
 * 53-bit hash of the key that each session keeps. Linear probing at half load, removal by moving back what follows.
 * Two keys of one hash (one in ten thousand deployments of a million sessions has such a pair) share a session.
 * Indexes stay inside their arrays by construction: that is what the casts of this file say.
 */

export class SessionKeys {
  /** Slot of the session plus 1; 0 is free. */
  readonly #table: Uint32Array;
  readonly #mask: number;
  /** The hash by slot, its low part and its high one in turn. */
  readonly hashes: Uint32Array;

  constructor(sessions: number) {
    this.#table = new Uint32Array(sessions * 2);
    this.#mask = sessions * 2 - 1;
    this.hashes = new Uint32Array(sessions * 2);
  }

  /** Slot of the newest session with this hash; -1 where there is none. */
  find(hash: number): number {
    const place = this.#placeOf(hash >>> 0, highOf(hash));
    return (this.#table[place] as number) - 1;
  }

  /** Whether the session in a slot is one with this hash. */
  has(slot: number, hash: number): boolean {
    return this.hashes[2 * slot] === hash >>> 0 && this.hashes[2 * slot + 1] === highOf(hash);
  }

  /** From here on the hash means this slot. */
  set(hash: number, slot: number): void {
    const low = hash >>> 0;
    const high = highOf(hash);
    this.#table[this.#placeOf(low, high)] = slot + 1;
    this.hashes[2 * slot] = low;
    this.hashes[2 * slot + 1] = high;
  }

  /** The slot is given up; its hash may mean a newer one by now, which stays. */
  remove(slot: number): void {
    let hole = this.#placeOf(this.hashes[2 * slot] as number, this.hashes[2 * slot + 1] as number);
    if (this.#table[hole] !== slot + 1) return;
    for (let place = (hole + 1) & this.#mask; this.#table[place] !== 0; place = (place + 1) & this.#mask) {
      const home = (this.hashes[2 * ((this.#table[place] as number) - 1)] as number) & this.#mask;
      // What lies at home between the hole and here would not be found any sooner.
      if (((place - home) & this.#mask) < ((place - hole) & this.#mask)) continue;
      this.#table[hole] = this.#table[place] as number;
      hole = place;
    }
    this.#table[hole] = 0;
  }

  /** After `remove`: nothing tells whose the session was. */
  clear(slot: number): void {
    this.hashes[2 * slot] = 0;
    this.hashes[2 * slot + 1] = 0;
  }

  /** Where the hash is, or would be put. */
  #placeOf(low: number, high: number): number {
    for (let place = low & this.#mask; ; place = (place + 1) & this.#mask) {
      const slot = (this.#table[place] as number) - 1;
      if (slot < 0 || (this.hashes[2 * slot] === low && this.hashes[2 * slot + 1] === high)) return place;
    }
  }
}

function highOf(hash: number): number {
  return Math.floor(hash / 0x1_0000_0000);
}
