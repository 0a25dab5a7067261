import { setTimeout as sleep } from 'node:timers/promises';
import type { Pace } from '../../background/pace.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { type ErasureFrame, tombstoneOf } from '../../model/erasure.ts';
import type { Link, Person } from '../../model/identity.ts';
import { keys } from '../../model/keys.ts';
import type { CleanOptions } from './clean-up.ts';

/*
 * On older data somebody who was erased is there again. Their profile ids say who: an id is made by the log, and those of people
 * who were merged since then are in the list. Only where people were taken apart since then somebody has another id; who has two
 * identifiers or more with a tombstone, and none without, is taken for them. One alone proves nothing: 32 bits are shared.
 */

interface AgainOptions extends Pick<CleanOptions, 'store' | 'topology' | 'codec' | 'commands'> {
  readonly pace: Pace;
}

/** What is to be erased again, and whom somebody should look at. */
export interface Again {
  readonly erasure: ErasureFrame;
  /** Those of the erasure, and whoever else is them. */
  readonly profiles: readonly string[];
  /** Profiles that hold identifiers of theirs beside those of others: nobody but a person can tell these apart. */
  readonly unclear: readonly string[];
}

/** Looks who is there again of those who were erased. */
export async function findAgain(
  erasures: readonly ErasureFrame[],
  options: AgainOptions,
): Promise<readonly Again[]> {
  if (erasures.length === 0) return [];
  const buried = await buriedLinks(erasures, options);
  const found: Again[] = [];
  for (const erasure of erasures) {
    const held = buried.get(erasure.id) ?? new Map<string, number>();
    const people = await peopleOf([...new Set([...erasure.profiles, ...held.keys()])], options);
    found.push(tell(erasure, held, people));
  }
  return found;
}

/** Decides by how many buried identifiers each profile holds, and what is known of it. */
export function tell(
  erasure: ErasureFrame,
  held: ReadonlyMap<string, number>,
  people: ReadonlyMap<string, Person>,
): Again {
  const all = new Set(erasure.profiles);
  const unclear = new Set<string>();
  for (const [profile, buried] of held) {
    const links = people.get(profile)?.links.length ?? 0;
    if (all.has(profile) || buried < 2) continue;
    if (buried === links) all.add(profile);
    else unclear.add(profile);
  }
  // Taken apart since then: here they are still part of somebody else.
  for (const profile of erasure.profiles) {
    const into = people.get(profile)?.mergedInto;
    if (into === undefined || all.has(into)) continue;
    all.delete(profile);
    unclear.add(into);
  }
  return { erasure, profiles: [...all].sort(), unclear: [...unclear].sort() };
}

/** How many identifiers with a tombstone each profile holds since before the erasure, by the erasure's id. */
async function buriedLinks(
  erasures: readonly ErasureFrame[],
  { store, topology, codec, pace }: AgainOptions,
): Promise<ReadonlyMap<string, Map<string, number>>> {
  const byTombstone = new Map<string, readonly ErasureFrame[]>();
  for (const erasure of erasures) {
    for (const each of erasure.tombstones) byTombstone.set(each, [...(byTombstone.get(each) ?? []), erasure]);
  }
  const found = new Map(erasures.map(({ id }) => [id, new Map<string, number>()]));
  for (let after = ''; ; ) {
    const page = await store.scan(topology.identity, 'i/', after, limits.erasurePageEntries);
    for (const [key, bytes] of page) {
      for (const { id, at } of byTombstone.get(tombstoneOf(key.slice(2))) ?? []) {
        // What lies under the key of a link is one.
        const { owner, since } = codec.decode(key, bytes) as Link;
        const held = found.get(id);
        if (owner !== '' && since <= at) held?.set(owner, (held.get(owner) ?? 0) + 1);
      }
    }
    const last = page.at(-1)?.[0];
    if (last === undefined) return found;
    after = last;
    if (pace.isDue()) await pace.rest();
  }
}

async function peopleOf(
  ids: readonly string[],
  { store, topology, codec }: AgainOptions,
): Promise<ReadonlyMap<string, Person>> {
  const found = await store.read(topology.identity, ids.map(keys.person));
  return new Map(
    ids.flatMap((id, i) => {
      const bytes = found[i];
      // What lies under the key of a person is one.
      return bytes === undefined ? [] : [[id, codec.decode(keys.person(id), bytes) as Person] as const];
    }),
  );
}

/** Says so in the log, under the id and the time that the erasure had. */
export async function eraseAgain(
  { erasure, profiles }: Again,
  { commands, pace }: AgainOptions,
): Promise<void> {
  const { id, author, at, tombstones } = erasure;
  for (let round = 1; ; round += 1) {
    const command = { type: 'erase', erasure: id, profiles, tombstones, at } as const;
    const { status, code } = await commands.run(author, command);
    if (status === 'applied') return;
    if (code !== 'erasure_busy' || round === limits.erasureRoundsMax)
      throw new TesseraError('erasure_busy', `erasure ${id} could not be carried out again (${code})`);
    await sleep(limits.erasureLookMs);
    pace.check();
  }
}
