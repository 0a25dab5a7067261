import { limits } from '../limits.ts';
import type { Facet, TagRegister } from '../model/profile.ts';
import { RESTRICTED } from '../model/restriction.ts';

/*
 * A restriction stands until that very word is taken back. Of tags the newest word counts, whoever it was said of; here that
 * would lift the restriction of one person by merging them with another one, whose own was lifted later. So lifting names
 * the words that it lifts, and whatever it does not name still stands.
 */

/** Whether processing is restricted to storing: nothing may act on the profile. */
export function isRestricted(facets: readonly Facet[]): boolean {
  return restrictionIn(facets) !== undefined;
}

/** The newest word that restricts and was not lifted. */
export function restrictionIn(facets: readonly Facet[]): TagRegister | undefined {
  let best: TagRegister | undefined;
  for (const word of standing(facets)) if (best === undefined || isNewer(word, best)) best = word;
  return best;
}

/** What has to be named to lift it. */
export function tiesToLift(facets: readonly Facet[]): readonly string[] {
  return [...new Set(standing(facets).map(({ tie }) => tie))].sort();
}

function standing(facets: readonly Facet[]): readonly TagRegister[] {
  const words = facets.flatMap(({ tags }) => tags?.get(RESTRICTED) ?? []);
  if (words.length === 0) return words;
  const lifted = new Set(words.flatMap(({ lifts = [] }) => lifts));
  return words.filter(({ on, tie }) => on && !lifted.has(tie));
}

/**
 * Two words in one facet: the newest that restricts is kept, with everything that was lifted, itself perhaps. In any order
 * the same.
 */
export function unitedRestriction(a: TagRegister, b: TagRegister): TagRegister {
  const lifts = [...new Set([...(a.lifts ?? []), ...(b.lifts ?? [])])]
    .sort()
    .slice(-limits.restrictionLiftsMax);
  const kept = a.on === b.on ? (isNewer(b, a) ? b : a) : a.on ? a : b;
  const { lifts: _united, ...word } = kept;
  return lifts.length === 0 ? word : { ...word, lifts };
}

function isNewer(a: TagRegister, b: TagRegister): boolean {
  return a.time !== b.time ? a.time > b.time : a.tie > b.tie;
}
