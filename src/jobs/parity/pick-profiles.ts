import type { Pace } from '../../background/pace.ts';
import { limits } from '../../limits.ts';
import { HASH_RANGE, hash53 } from '../../model/hash.ts';
import { keys } from '../../model/keys.ts';
import type { Header } from '../../model/profile.ts';
import type { StateReader } from '../../ports/state.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';

export interface ProfileSource {
  readonly state: Pick<StateReader, 'scan'>;
  readonly codec: EntryCodec;
}

/** A number from 0 to 1 that a name and a salt decide alone. */
export function chanceOf(salt: string, name: string): number {
  return hash53(`${salt}\0${name}`) / HASH_RANGE;
}

/** Ids of people, in order, after one; those that were merged away and the profile of nobody are none. */
export async function* peopleAfter(
  id: string,
  { state, codec }: ProfileSource,
  pace: Pace,
): AsyncGenerator<string, void, undefined> {
  for (let after = id === '' ? '' : keys.header(id); ; ) {
    pace.check();
    const page = await state.scan('h/', after, limits.pageMax);
    for (const [key, bytes] of page) {
      after = key;
      // The codec answers the type that belongs to the key's prefix.
      const header = codec.decode(key, bytes) as Header;
      if (header.forward === undefined && header.kind === 'person') yield header.id;
      if (pace.isDue()) await pace.rest();
    }
    if (page.length < limits.pageMax) return;
  }
}

/** So many of all people, those with the smallest chance: another salt picks others. */
export async function pickProfiles(
  { most, salt }: { readonly most: number; readonly salt: string },
  source: ProfileSource,
  pace: Pace,
): Promise<readonly string[]> {
  const picked: { id: string; chance: number }[] = [];
  for await (const id of peopleAfter('', source, pace)) {
    const chance = chanceOf(salt, id);
    const last = picked.at(-1);
    if (picked.length === most && last !== undefined && last.chance <= chance) continue;
    if (picked.length === most) picked.pop();
    const place = picked.findIndex((each) => each.chance > chance);
    picked.splice(place < 0 ? picked.length : place, 0, { id, chance });
  }
  return picked.map(({ id }) => id);
}
