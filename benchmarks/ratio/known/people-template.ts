import { assert } from '../../../src/errors.ts';

/*
 * A million known people within a minute: one person is made by the engine itself, of one real event, and everybody else is a copy of the
 * bytes that it left, in which the few texts that differ (profile, identifier, facet, sealed value, all of fixed length) are written over.
 * Whatever an engine keeps of a person is so as it keeps it, without anything here that knows how.
 */
export interface PersonTexts {
  readonly profile: string;
  /** Blind index of the identifier. */
  readonly hash: string;
  readonly facet: string;
  /** The identifier itself, sealed under the facet's key. */
  readonly sealed: string;
}

const NAMES = ['profile', 'hash', 'facet', 'sealed'] as const satisfies readonly (keyof PersonTexts)[];

interface Hole {
  readonly at: number;
  readonly name: keyof PersonTexts;
}

interface Entry {
  readonly key: Buffer;
  readonly keyHoles: readonly Hole[];
  readonly value: Buffer;
  readonly valueHoles: readonly Hole[];
}

export class PeopleTemplate {
  readonly #entries: readonly Entry[];

  /** Of all entries of a store those that are about the person. */
  constructor(person: PersonTexts, entries: Iterable<readonly [string, Uint8Array]>) {
    const found: Entry[] = [];
    for (const [key, bytes] of entries) {
      const keyBytes = Buffer.from(key);
      const keyHoles = holesOf(keyBytes, person);
      const value = Buffer.from(bytes);
      if (keyHoles.length > 0)
        found.push({ key: keyBytes, keyHoles, value, valueHoles: holesOf(value, person) });
    }
    assert(found.length > 0, 'the person has entries');
    this.#entries = found;
  }

  /** How many entries a person has. */
  get size(): number {
    return this.#entries.length;
  }

  /** Characters of a person's keys and bytes of its values. */
  get bytes(): number {
    return this.#entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  }

  /** The n-th entry of another person. */
  entryOf(n: number, person: PersonTexts): readonly [string, Buffer] {
    const entry = this.#entries[n];
    assert(entry !== undefined, 'there is such an entry');
    return [
      filled(entry.key, entry.keyHoles, person).toString('latin1'),
      filled(entry.value, entry.valueHoles, person),
    ];
  }
}

function holesOf(bytes: Buffer, person: PersonTexts): readonly Hole[] {
  const holes: Hole[] = [];
  for (const name of NAMES) {
    for (let at = bytes.indexOf(person[name]); at >= 0; at = bytes.indexOf(person[name], at + 1))
      holes.push({ at, name });
  }
  return holes;
}

function filled(bytes: Buffer, holes: readonly Hole[], person: PersonTexts): Buffer {
  const copy = Buffer.from(bytes);
  for (const { at, name } of holes) copy.write(person[name], at, 'latin1');
  return copy;
}
