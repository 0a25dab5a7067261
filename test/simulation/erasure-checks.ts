import { forgetInIdentity } from '../../src/identity/forget.ts';
import type { Event } from '../../src/model/event.ts';
import { facetKeyOf } from '../../src/model/facet-id.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import { forgetInPeople } from '../../src/pipeline/forget-mentions.ts';
import { IDENTITY, PEOPLE, partitionOf } from './replica.ts';
import type { World } from './world.ts';

/**
 * Facets of which the list of acknowledged events does not tell what they hold: those that were erased, and those of events that
 * name somebody who was, because such an event may have been dropped.
 */
export function erasedFacets(world: World): ReadonlySet<string> {
  const identifiers = new Set(
    world.erasures.done.flatMap((erasure) => erasure.identifiers.map(({ key }) => key)),
  );
  const facets = new Set(
    world.erasures.done.flatMap((erasure) => erasure.facets.map(({ id }) => facetKeyOf(id))),
  );
  for (const event of world.acked.values()) if (isOf(event, identifiers)) facets.add(event.facet);
  return facets;
}

function isOf({ claims }: Event, identifiers: ReadonlySet<string>): boolean {
  return claims.some(({ type, hash }) => identifiers.has(`${type}:${hash}`));
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Whether somebody has done something in this place since: it is named after what they named, also where they were refused it
 * and so nobody has it.
 */
function isBack(key: string, erasedAt: number, world: World): boolean {
  if (!key.startsWith('o/')) return false;
  return [...world.acked.values()].some(({ facet, time }) => keys.place(facet) === key && time > erasedAt);
}

/** Nothing names who was erased: a mark is left of each profile, and nothing else. */
export function forgotten(world: World): string[] {
  const bad: string[] = [];
  const all = [IDENTITY, ...PEOPLE].flatMap((partition) => world.entriesOf(partition));
  for (const erasure of world.erasures.done) {
    const names = world.erasures.namesOf(erasure);
    const tombstones = new Set(erasure.tombstones);
    for (const [key, entry] of all) {
      const there = { profiles: names.profiles, tombstones };
      const named = isBack(key, erasure.at, world) ? { ...names, identifiers: NOBODY } : names;
      if (forgetInIdentity(key, entry, named) !== undefined) bad.push(`${key} names somebody who was erased`);
      if (forgetInPeople(key, entry, there) !== undefined) bad.push(`${key} names somebody who was erased`);
      const [prefix, ...parts] = key.split('/');
      if (prefix !== 'h' && parts.some((part) => names.profiles.has(part))) bad.push(`${key} is left`);
    }
    const facets = new Set(erasure.facets.map(({ id }) => id));
    for (const [key, entry] of all) {
      // What lies under a key is of the kind that the key's beginning says.
      const facet = key.startsWith('f/') ? (entry as Facet) : undefined;
      if (facet !== undefined && facets.has(facet.id) && facet.first <= erasure.at)
        bad.push(`${key} holds what happened before its person was erased`);
    }
    for (const profile of names.profiles) {
      const header = world.entry<Header>(partitionOf(profile), keys.header(profile));
      if (header?.erased === undefined || header.facets.length > 0) bad.push(`${profile} has no mark`);
    }
  }
  return bad;
}
