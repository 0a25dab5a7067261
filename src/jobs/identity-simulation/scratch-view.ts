import { limits } from '../../limits.ts';
import type { Person, Place, Review } from '../../model/identity.ts';
import { DAY_MS, dayOf, type EpochMs } from '../../model/time.ts';
import type { StateView } from '../../model/view.ts';

/** State that begins empty, lies in memory as it is, and ends with the replay that it belongs to. */
export class ScratchView implements StateView {
  readonly #people = new Map<string, object>();
  readonly #places = new Map<string, object>();
  readonly #reviews = new Map<string, object>();
  readonly #others = new Map<string, object>();
  /** Ids of what was obeyed or counted, by day of append time: they expire as they do in the state. */
  readonly #days = new Map<number, Map<string, object>>();

  /** Entries that grow with the number of people; what is bounded by itself is not counted. */
  get size(): number {
    return this.#people.size + this.#places.size + this.#others.size;
  }

  get<T extends object>(key: string): T | undefined {
    // The stage put it there under a key of its own kind.
    return this.#mapOf(key)?.get(key) as T | undefined;
  }

  has(): boolean {
    return true;
  }

  put(key: string, value: object): void {
    const map = this.#mapOf(key) ?? new Map<string, object>();
    if (map.size === 0 && isOfDay(key)) this.#days.set(dayIn(key), map);
    map.set(key, value);
  }

  absent(): void {
    // Everything that there is lies here.
  }

  remove(key: string): void {
    this.#mapOf(key)?.delete(key);
  }

  /** Forgets ids that no longer protect from a repeat. */
  expire(now: EpochMs): void {
    const oldest = dayOf(now) - limits.dedupMs / DAY_MS;
    for (const day of this.#days.keys()) if (day < oldest) this.#days.delete(day);
  }

  *people(): Generator<Person, void, undefined> {
    // Keys of people hold people.
    for (const person of this.#people.values()) yield person as Person;
  }

  *places(): Generator<Place, void, undefined> {
    // Keys of facets hold places.
    for (const place of this.#places.values()) yield place as Place;
  }

  *reviews(): Generator<Review, void, undefined> {
    // Keys of reviews hold reviews.
    for (const review of this.#reviews.values()) yield review as Review;
  }

  #mapOf(key: string): Map<string, object> | undefined {
    switch (key.charCodeAt(0)) {
      case 0x64: // d
        return this.#days.get(dayIn(key));
      case 0x67: // g
        return this.#people;
      case 0x6f: // o
        return this.#places;
      case 0x76: // v
        return this.#reviews;
      default:
        return this.#others;
    }
  }
}

function isOfDay(key: string): boolean {
  return key.charCodeAt(0) === 0x64;
}

/** `d/<day>/…` */
function dayIn(key: string): number {
  return Number(key.slice(2, key.indexOf('/', 2)));
}
