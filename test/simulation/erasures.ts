import { namesOf } from '../../src/identity/erase.ts';
import { type ErasedNames, forgetInIdentity } from '../../src/identity/forget.ts';
import type { Erasure, ErasureUnderWay } from '../../src/model/erasure.ts';
import type { Link, Person } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { IdentityCommand } from '../../src/model/record.ts';
import { forgetInPeople } from '../../src/pipeline/forget-mentions.ts';
import { IDENTITY, PEOPLE } from './replica.ts';
import type { World } from './world.ts';

const ROUNDS = 12;
const LATE = 4;

/**
 * Whoever erases people, as its job does: looks what names them, by state that may be behind or step back, and says so; looks
 * again whenever it comes to it; and at the end until nothing names anybody. It may be told twice, or hear nothing.
 */
export class Erasures {
  readonly #world: World;
  /** Erasures that were asked for, and of which profile. */
  readonly #asked = new Map<string, string>();
  /** What was erased, once all is quiet. */
  readonly done: ErasureUnderWay[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Somebody is to be erased, or it is looked again whether somebody is. */
  act(identifier: string): void {
    const { random } = this.#world;
    const asked = [...this.#asked];
    if (asked.length > 0 && random.chance(0.6)) this.#look(...random.pick(asked));
    else {
      const profile = this.#entry<Link>(IDENTITY, `i/${identifier}`)?.owner ?? '';
      if (profile === '') return;
      const id = `x${asked.length}`;
      this.#asked.set(id, profile);
      this.#world.count('erase');
      this.#look(id, profile);
    }
  }

  /** Answers once nothing names whoever was to be erased; `quiet` waits until everything was folded. */
  async finish(quiet: () => Promise<void>): Promise<void> {
    if (this.#asked.size === 0) return;
    for (let round = 0; round < ROUNDS; round++) {
      let found = 0;
      for (const [id, profile] of [...this.#asked]) found += this.#finishOne(id, profile);
      if (found === 0) break;
      await quiet();
    }
    for (const [n, id] of [...this.#asked.keys()].entries()) {
      const erasure = this.#erasure(id);
      if (erasure?.status !== 'under_way') continue;
      this.#world.count('erased');
      if (erasure.waiting.length > 0) this.#world.failures.push(`${id} waits for ${erasure.waiting.join()}`);
      this.done.push(erasure);
      if (n % 2 === 0) this.#command({ type: 'erased', erasure: id, counts: {} });
    }
    await quiet();
    await this.#sendAgain(quiet);
  }

  /** Whoever sent what was erased may send it again, wherever ingest believes that it belongs. */
  async #sendAgain(quiet: () => Promise<void>): Promise<void> {
    if (this.done.length === 0) return;
    this.#world.clock.advance(1_000);
    const gone = new Set(this.done.flatMap(({ facets }) => facets.map(({ id }) => id)));
    for (const event of [...this.#world.acked.values()].filter(({ facet }) => gone.has(facet)).slice(-LATE))
      this.#world.send(event);
    await quiet();
  }

  #finishOne(id: string, profile: string): number {
    const person = this.#entry<Person>(IDENTITY, keys.person(profile));
    if (person?.mergedInto !== undefined) this.#asked.set(id, person.mergedInto);
    const isBegun = this.#erasure(id) !== undefined;
    if (!isBegun && person === undefined) {
      this.#asked.delete(id);
      return 0;
    }
    const found = this.#look(id, this.#asked.get(id) ?? profile);
    return isBegun ? found : found + 1;
  }

  /** Answers how many entries name them. */
  #look(erasure: string, profile: string): number {
    const known = this.#erasure(erasure);
    const person = this.#entry<Person>(IDENTITY, keys.person(profile));
    const names = known?.status === 'under_way' ? this.namesOf(known) : namesNow(profile, person);
    const mentions = this.#world
      .entriesOf(IDENTITY)
      .filter(([key, entry]) => forgetInIdentity(key, entry, names) !== undefined)
      .map(([key]) => key);
    if (known === undefined || mentions.length > 0)
      this.#command({ type: 'erase', erasure, profiles: [profile], mentions });
    const { profiles } = names;
    const tombstones = known?.tombstones ?? [];
    const there = { profiles, tombstones: new Set(tombstones) };
    let found = mentions.length;
    for (const partition of PEOPLE) {
      const wanted = this.#world
        .entriesOf(partition)
        .filter(([key, entry]) => forgetInPeople(key, entry, there) !== undefined)
        .map(([key]) => key);
      found += wanted.length;
      if (wanted.length === 0) continue;
      this.#world.count('forget');
      const record = { kind: 'forget', erasure, profiles: [...profiles], tombstones, keys: wanted } as const;
      this.#world.submit(partition, record);
    }
    return found;
  }

  /** By what whoever was erased can be found, but for what has come back. */
  namesOf(erasure: ErasureUnderWay): ErasedNames {
    return namesOf(erasure, (key) => this.#entry(IDENTITY, key) !== undefined);
  }

  #command(command: IdentityCommand): void {
    this.#world.command({ kind: 'command', author: 'sim', command });
  }

  #erasure(id: string): Erasure | undefined {
    return this.#entry<Erasure>(IDENTITY, keys.erasure(id));
  }

  #entry<T extends object>(partition: string, key: string): T | undefined {
    return this.#world.entry<T>(partition, key);
  }
}

function namesNow(profile: string, person: Person | undefined): ErasedNames {
  return {
    profiles: new Set([profile]),
    identifiers: new Set(person?.links.map(({ key }) => key)),
    facets: new Set(person?.facets),
  };
}
