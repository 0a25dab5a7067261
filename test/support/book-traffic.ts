import type { Random } from '../e2e/support/seeded-random.ts';

/** What a sender keeps in mind: from it alone follows what the books must say. */
export interface SentEvent {
  readonly id: string;
  readonly source: string;
  /** One that no schema takes, kept in quarantine. */
  readonly isBad: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

const SOURCES = ['till-1', 'till-2', 'web'] as const;
const PEOPLE = 25;

/** Views of people who are known by several identifiers, from several sources; a tenth of them is bad. */
export class BookTraffic {
  readonly #random: Random;
  #made = 0;
  readonly acknowledged = new Map<string, SentEvent>();
  /** How often each bad one was acknowledged: every time it is kept again. */
  kept = 0;
  /** How many events acknowledged requests held, repeats included. */
  heard = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  batch(size: number): readonly SentEvent[] {
    return Array.from({ length: size }, () => this.#make());
  }

  /** A batch that was sent before, in part. */
  again(): readonly SentEvent[] {
    const known = [...this.acknowledged.values()];
    const from = this.#random.between(0, Math.max(0, known.length - 8));
    return known.slice(from, from + this.#random.between(1, 8));
  }

  note(batch: readonly SentEvent[]): void {
    for (const sent of batch) {
      this.acknowledged.set(sent.id, sent);
      this.heard += 1;
      if (sent.isBad) this.kept += 1;
    }
  }

  /** Good ones, each of which has to be applied once. */
  goodOf(source?: string): number {
    const all = [...this.acknowledged.values()];
    return all.filter((sent) => !sent.isBad && (source === undefined || sent.source === source)).length;
  }

  get sources(): readonly string[] {
    return SOURCES;
  }

  #make(): SentEvent {
    const random = this.#random;
    this.#made += 1;
    const id = `b-${this.#made}`;
    const source = random.pick([...SOURCES] as [string, ...string[]]);
    const isBad = random.between(0, 9) === 0;
    const person = random.between(0, PEOPLE - 1);
    const identifiers = {
      ...(random.between(0, 2) > 0 ? { user_id: `u-${person}` } : {}),
      anonymous_id: `a-${person}-${random.between(0, 1)}`,
    };
    const properties = isBad ? { price: 'much' } : { item_id: `spu-${random.between(0, 9)}`, price: 10 };
    return { id, source, isBad, body: { id, type: 'product_viewed', source, identifiers, properties } };
  }
}
