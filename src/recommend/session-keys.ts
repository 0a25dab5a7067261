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
  /** The hash by slot, in two parts. */
  readonly low: Uint32Array;
  readonly high: Uint32Array;

  constructor(sessions: number) {
    this.#table = new Uint32Array(sessions * 2);
    this.#mask = sessions * 2 - 1;
    this.low = new Uint32Array(sessions);
    this.high = new Uint32Array(sessions);
  }

  /** Slot of the newest session with this hash; -1 where there is none. */
  find(hash: number): number {
    const place = this.#placeOf(hash >>> 0, highOf(hash));
    return (this.#table[place] as number) - 1;
  }

  /** From here on the hash means this slot. */
  set(hash: number, slot: number): void {
    const low = hash >>> 0;
    const high = highOf(hash);
    this.#table[this.#placeOf(low, high)] = slot + 1;
    this.low[slot] = low;
    this.high[slot] = high;
  }

  /** The slot is given up; its hash may mean a newer one by now, which stays. */
  remove(slot: number): void {
    let hole = this.#placeOf(this.low[slot] as number, this.high[slot] as number);
    if (this.#table[hole] !== slot + 1) return;
    for (let place = (hole + 1) & this.#mask; this.#table[place] !== 0; place = (place + 1) & this.#mask) {
      const home = (this.low[(this.#table[place] as number) - 1] as number) & this.#mask;
      // What lies at home between the hole and here would not be found any sooner.
      if (((place - home) & this.#mask) < ((place - hole) & this.#mask)) continue;
      this.#table[hole] = this.#table[place] as number;
      hole = place;
    }
    this.#table[hole] = 0;
  }

  /** Where the hash is, or would be put. */
  #placeOf(low: number, high: number): number {
    for (let place = low & this.#mask; ; place = (place + 1) & this.#mask) {
      const slot = (this.#table[place] as number) - 1;
      if (slot < 0 || (this.low[slot] === low && this.high[slot] === high)) return place;
    }
  }
}

function highOf(hash: number): number {
  return Math.floor(hash / 0x1_0000_0000);
}
