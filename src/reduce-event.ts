import type { FeatureSet } from './features/compile.ts';
import { addEvent } from './features/update.ts';
import type { Event } from './model/event.ts';
import type { Facet } from './model/profile.ts';
import type { EpochMs } from './model/time.ts';
import { applyKind, type IsListed } from './profile/kind.ts';
import { applyRegisters, type RankOf } from './profile/registers.ts';

/** What the reduction of an event depends on beside its facet. */
export interface ReducerDefinitions {
  readonly features: FeatureSet;
  readonly identity: { readonly traitRank: RankOf; readonly isListed: IsListed };
}

/**
 * All that an event does to its facet, once it is known to be no repeat: live and out of history alike, so that the two
 * cannot differ. `now` is the append time of the event's record.
 */
export function reduceEvent(
  definitions: ReducerDefinitions,
  { facet, event }: { readonly facet: Facet; readonly event: Event },
  now: EpochMs,
): void {
  facet.events++;
  if (event.time < facet.first) facet.first = event.time;
  if (event.time > facet.last) facet.last = event.time;
  applyRegisters(facet, event, definitions.identity.traitRank);
  applyKind(facet, event);
  addEvent(definitions.features, facet, event, now);
}
