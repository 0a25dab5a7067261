/**
 * Chance from a seed: the same seed gives the same world on every machine. sfc32, a small generator with 128 bits of
 * state: a world of 200,000 shoppers draws more numbers than a generator of 32 bits has.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#a = hashText(seed, 1);
    this.#b = hashText(seed, 2);
    this.#c = hashText(seed, 3);
    // The first outputs still show the seed.
    for (let i = 0; i < 16; i++) this.#next();
  }

  /** At least 0, below 1. */
  share(): number {
    return this.#next() / 4_294_967_296;
  }

  /** A whole number of at least 0 and below `bound`. */
  below(bound: number): number {
    return Math.floor(this.share() * bound);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.share() < probability;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** Waiting times: many short ones, few long ones. */
  exponential(mean: number): number {
    return -Math.log(1 - this.share()) * mean;
  }

  /** Index of one of the weights, each as likely as its weight says. */
  weighted(weights: readonly number[]): number {
    let rest = this.share() * weights.reduce((sum, weight) => sum + weight, 0);
    for (let at = 0; at < weights.length; at++) {
      rest -= weights[at] ?? 0;
      if (rest < 0) return at;
    }
    return Math.max(
      0,
      weights.findLastIndex((weight) => weight > 0),
    );
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}

/** 32 bits of a text, different for each salt. */
export function hashText(text: string, salt: number): number {
  let mixed = Math.imul(salt, 0x9e3779b1) ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
  return finish(mixed);
}

/** 64 bits as hex that look like chance and depend on nothing but their arguments. */
export function scattered(seed: number, kind: string, n: number): string {
  const high = finish(hashText(kind, seed) ^ Math.imul(n + 1, 0x85ebca6b));
  const low = finish(hashText(kind, seed ^ 0x5bd1e995) ^ Math.imul(n + 1, 0xc2b2ae35) ^ high);
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

function finish(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
