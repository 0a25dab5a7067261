import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { Facet, TagRegister } from '../model/profile.ts';
import { RESTRICTED } from '../model/restriction.ts';
import type { EpochMs } from '../model/time.ts';
import { restrictionIn, unitedRestriction } from './restriction.ts';

/**
 * Tags put on by hand are registers of the facet of the identifier that they were put on: the newest word on a tag counts,
 * ties go to the greater (source, event id). So they go with a merge, and an unmerge takes along exactly what was said of
 * the identifier that leaves.
 */
export function applyTag(facet: Facet, event: Event): void {
  const { tag, time } = event;
  if (tag === undefined) return;
  const { name, on, author, reason, expires, lifts } = tag;
  const tie = `${event.source}\0${event.id}`;
  take(facet, name, {
    on,
    author,
    reason,
    time,
    tie,
    ...(expires === undefined ? {} : { expires }),
    ...(lifts === undefined ? {} : { lifts }),
  });
}

/** Takes over another facet's tags for good. */
export function uniteTags(into: Facet, from: Facet): void {
  for (const [name, register] of from.tags ?? []) take(into, name, register);
}

function take(facet: Facet, name: string, register: TagRegister): void {
  const tags = facet.tags ?? new Map<string, TagRegister>();
  const known = tags.get(name);
  // A restriction finds room in a facet that is full of tags.
  if (known === undefined && tags.size >= limits.tagsPerFacetMax && name !== RESTRICTED) return;
  if (known === undefined) tags.set(name, register);
  else if (name === RESTRICTED) tags.set(name, unitedRestriction(known, register));
  else if (wins(register, known)) tags.set(name, register);
  facet.tags = tags;
}

function wins(a: TagRegister, b: TagRegister): boolean {
  return a.time !== b.time ? a.time > b.time : a.tie > b.tie;
}

/** The word that counts on a tag, whether it puts it on or takes it off. */
function wordOn(facets: readonly Facet[], name: string): TagRegister | undefined {
  if (name === RESTRICTED) return restrictionIn(facets);
  let best: TagRegister | undefined;
  for (const { tags } of facets) {
    const register = tags?.get(name);
    if (register !== undefined && (best === undefined || wins(register, best))) best = register;
  }
  return best;
}

/** Whether somebody has put the tag on, and it has neither been taken off nor expired. */
export function hasTag(facets: readonly Facet[], name: string, now: EpochMs): boolean {
  const word = wordOn(facets, name);
  return word !== undefined && isOn(word, now);
}

function isOn({ on, expires }: TagRegister, now: EpochMs): boolean {
  return on && (expires === undefined || expires > now);
}

export interface HandTag extends TagRegister {
  readonly name: string;
}

/** The tags that are on, by name. */
export function readTags(facets: readonly Facet[], now: EpochMs): readonly HandTag[] {
  const found: HandTag[] = [];
  for (const name of namesIn(facets)) {
    const word = wordOn(facets, name);
    if (word !== undefined && isOn(word, now)) found.push({ name, ...word });
  }
  return found;
}

/** When the first tag that is on expires; Infinity where none does. */
export function tagsChangeAt(facets: readonly Facet[], now: EpochMs): EpochMs {
  let at = Number.POSITIVE_INFINITY;
  for (const { expires } of readTags(facets, now)) if (expires !== undefined) at = Math.min(at, expires);
  return at;
}

function namesIn(facets: readonly Facet[]): readonly string[] {
  const names = new Set<string>();
  for (const { tags } of facets) if (tags !== undefined) for (const name of tags.keys()) names.add(name);
  return [...names].sort();
}
