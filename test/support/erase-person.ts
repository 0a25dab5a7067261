import { namesOf } from '../../src/identity/erase.ts';
import { forgetInIdentity } from '../../src/identity/forget.ts';
import type { Outcome } from '../../src/model/effect.ts';
import type { Erasure } from '../../src/model/erasure.ts';
import type { ForgetRecord } from '../../src/model/erasure-records.ts';
import type { Person } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { IdentityCommand } from '../../src/model/record.ts';
import { forgetInPeople } from '../../src/pipeline/forget-mentions.ts';

/** What erasing a person takes of an engine. */
export interface Erasing {
  /** All committed entries, decoded. */
  entries(): Iterable<readonly [string, object]>;
  command(command: IdentityCommand): Outcome | Promise<Outcome>;
  forget?(record: ForgetRecord): Promise<void>;
}

const ROUNDS = 6;

/** Erases a person as the job does: looks who and what names them, says so, and looks again until nothing is found. */
export async function erasePerson(engine: Erasing, erasure: string, profile: string): Promise<Outcome> {
  let outcome: Outcome | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const found = mentionsOf(engine, erasure, profile);
    if (outcome !== undefined && found.identity.length === 0 && found.people.length === 0) return outcome;
    if (outcome === undefined || found.identity.length > 0)
      outcome = await engine.command({
        type: 'erase',
        erasure,
        profiles: [profile],
        mentions: found.identity,
      });
    if (outcome.status !== 'applied') return outcome;
    const { profiles, tombstones } = found;
    if (found.people.length > 0)
      await engine.forget?.({ kind: 'forget', erasure, profiles, tombstones, keys: found.people });
  }
  throw new Error('something names the person still');
}

interface Mentions {
  readonly identity: readonly string[];
  readonly people: readonly string[];
  readonly profiles: readonly string[];
  readonly tombstones: readonly string[];
}

function mentionsOf(engine: Erasing, erasure: string, profile: string): Mentions {
  const entries = new Map(engine.entries());
  const known = entries.get(keys.erasure(erasure)) as Erasure | undefined;
  const names =
    known?.status === 'under_way' ? namesOf(known, (key) => entries.has(key)) : namesNow(entries, profile);
  const there = { profiles: names.profiles, tombstones: new Set(known?.tombstones) };
  const all = [...entries];
  return {
    identity: all
      .filter(([key, each]) => forgetInIdentity(key, each, names) !== undefined)
      .map(([key]) => key),
    people: all.filter(([key, each]) => forgetInPeople(key, each, there) !== undefined).map(([key]) => key),
    profiles: [...there.profiles],
    tombstones: [...there.tombstones],
  };
}

function namesNow(entries: ReadonlyMap<string, object>, profile: string): ReturnType<typeof namesOf> {
  const person = entries.get(keys.person(profile)) as Person | undefined;
  return {
    profiles: new Set([profile]),
    identifiers: new Set(person?.links.map(({ key }) => key)),
    facets: new Set(person?.facets),
  };
}
