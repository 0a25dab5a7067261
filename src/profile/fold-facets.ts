import { limits } from '../limits.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { isLiveDay } from './dedup.ts';
import { emptyFacet } from './facets.ts';
import { uniteRegisters } from './registers.ts';

/**
 * Bounds the facets of a profile: above the limit the oldest ones without live deduplication ids become one.
 * A person with two hundred cookies keeps every count, and gives up that those cookies can be split off again.
 */
export type FoldFeatures = (into: Facet, from: Facet, now: EpochMs) => void;

/** The facet that holds what was folded; unique per profile, so that merged people keep theirs apart. */
export function foldedFacetId(profile: string): string {
  return `z-${profile}`;
}

export function isCrowded(header: Header | undefined, facet: string): boolean {
  return (
    header !== undefined &&
    header.facets.length >= limits.facetsPerProfileMax &&
    !header.facets.includes(facet)
  );
}

/** All facets are looked at when one too many arrives. */
export function crowdedNeeds(header: Header): string[] {
  return [...header.facets, foldedFacetId(header.id)].map((id) => keys.facet(header.id, id));
}

/** Folds the older half of what may be folded; false when every facet is still needed as it is. */
export function foldOldest(header: Header, context: FoldContext, fold: FoldFeatures): boolean {
  const { view, now } = context;
  const target = foldedFacetId(header.id);
  const foldable = facetsOf(header, view)
    .filter((facet) => facet.id !== target && !facet.dedupDays.some((day) => isLiveDay(day, now)))
    .sort((a, b) => a.last - b.last || (a.id < b.id ? -1 : 1));
  const chosen = foldable.slice(0, Math.ceil(foldable.length / 2));
  if (chosen.length === 0) return false;
  const into = view.get<Facet>(keys.facet(header.id, target)) ?? emptyFacet(target);
  for (const facet of chosen) {
    into.events += facet.events;
    into.first = Math.min(into.first, facet.first);
    into.last = Math.max(into.last, facet.last);
    uniteRegisters(into, facet);
    fold(into, facet, now);
    for (const day of facet.dedupDays) view.remove(keys.dedup(day, header.id, facet.id));
    view.remove(keys.facet(header.id, facet.id));
  }
  const gone = new Set(chosen.map((facet) => facet.id));
  header.facets = [...header.facets.filter((id) => id !== target && !gone.has(id)), target];
  view.put(keys.facet(header.id, target), into);
  view.put(keys.header(header.id), header);
  return true;
}

function facetsOf(header: Header, view: StateView): Facet[] {
  return header.facets
    .map((id) => view.get<Facet>(keys.facet(header.id, id)))
    .filter((facet) => facet !== undefined);
}
