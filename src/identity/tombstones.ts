import { type ErasureCount, facetTombstoneOf, type Tombstone, tombstoneOf } from '../model/erasure.ts';
import type { Event } from '../model/event.ts';
import { keys } from '../model/keys.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { linkKey } from './people.ts';

/**
 * What keeps the erased away. An event that names an erased identifier and happened before the erasure is dropped, whatever else
 * it names; so is one of a facet that was theirs although none of its identifiers was any more. A newer one founds somebody new; but no verdict on such a combination ever stands, so that each of its events passes
 * through here, and an old one among them is found.
 *
 * A tombstone is 32 bits, so a living identifier may share one with an erased one: with a thousand erased and ten million living
 * ones that is so for two or three. Of these nothing is lost but events that happened before the erasure and come after it.
 */
export function tombstoneNeeds(event: Event, view: StateView): readonly string[] {
  if (!view.has(keys.erasures)) return [keys.erasures];
  return areThereAny(view) ? tombstonesOf(event).filter((key) => !view.has(key)) : NOTHING;
}

/** When somebody whom the event names was erased; undefined where nobody was. Everything that `tombstoneNeeds` names is loaded. */
export function erasedAt(event: Event, view: StateView): EpochMs | undefined {
  if (!areThereAny(view)) return undefined;
  let latest: EpochMs | undefined;
  for (const key of tombstonesOf(event)) {
    const at = view.get<Tombstone>(key)?.at;
    if (at !== undefined && at > (latest ?? 0)) latest = at;
  }
  return latest;
}

export function bury(identifiers: readonly string[], at: EpochMs, view: StateView): void {
  let added = 0;
  for (const each of identifiers) {
    const key = keys.tombstone(each);
    const known = view.get<Tombstone>(key);
    if (known === undefined) added++;
    if (known === undefined || known.at < at) view.put(key, { at } satisfies Tombstone);
  }
  if (added === 0) return;
  const tombstones = (view.get<ErasureCount>(keys.erasures)?.tombstones ?? 0) + added;
  view.put(keys.erasures, { tombstones } satisfies ErasureCount);
}

/** Whether anybody was ever erased. */
export function areThereAny(view: StateView): boolean {
  return (view.get<ErasureCount>(keys.erasures)?.tombstones ?? 0) > 0;
}

const NOTHING: readonly string[] = Object.freeze([]);

/** Of everybody whom the event names, be it as the one who was invited, and of its facet. */
function tombstonesOf({ facet, claims, identity }: Event): readonly string[] {
  const named = claims.map(linkKey);
  if (identity?.type === 'members_merged') named.push(identity.kept, identity.merged);
  if (identity?.type === 'referral') named.push(identity.invitee);
  return [...named.map(tombstoneOf), facetTombstoneOf(facet)].map(keys.tombstone);
}
