import { limits } from '../limits.ts';
import type { Claim } from '../model/event.ts';
import { isClosedFacet } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import type { Evidence, Link, Person, PersonLink, Place } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { StateView } from '../model/view.ts';
import { evidenceWithout } from './evidence.ts';
import type { CompiledPolicy } from './policy.ts';
import { profileIdOf } from './profile-id.ts';

/** Reading and changing people, links and places; every change keeps both sides of a link in step. */

/** What a change of identity needs: the fold, the policy in force, and the space that profile ids are made for. */
export interface Scope {
  readonly context: FoldContext;
  readonly policy: CompiledPolicy;
  readonly space: string;
  /** People founded by this record so far: makes their ids differ. */
  founded: number;
  /** How often the event has travelled before it came back; absent of one that comes for the first time. */
  readonly hops?: number;
  /** How often it came back. */
  readonly returns?: number;
}

export function linkKey(claim: Pick<Claim, 'type' | 'hash'>): string {
  return `${claim.type}:${claim.hash}`;
}

export function typeOf(key: string): string {
  return key.slice(0, key.lastIndexOf(':'));
}

export function linkAt(view: StateView, key: string): Link | undefined {
  return view.get<Link>(`i/${key}`);
}

export function personAt(view: StateView, id: string | undefined): Person | undefined {
  return id === undefined || id === '' ? undefined : view.get<Person>(keys.person(id));
}

export function holderOf(view: StateView, key: string): Person | undefined {
  return personAt(view, linkAt(view, key)?.owner);
}

/** A known person has a strong identifier; others are traces of a device or a browser. */
export function isKnown(person: Person, policy: CompiledPolicy): boolean {
  for (const { key } of person.links) if (policy.of(typeOf(key)).strong) return true;
  return false;
}

/** Somebody trustworthy has said who this is; others are known by what was typed somewhere. */
export function isVerified(person: Person, policy: CompiledPolicy): boolean {
  for (const { key, verified } of person.links) if (verified && policy.of(typeOf(key)).strong) return true;
  return false;
}

export function holds(person: Person, key: string): boolean {
  for (const link of person.links) if (link.key === key) return true;
  return false;
}

/** Its strongest identifier: verified before stated, then by the policy's order, then the older. */
export function strongestOf(person: Person, policy: CompiledPolicy): string | undefined {
  return [...person.links].sort((a, b) => compareStrength(a, b, policy))[0]?.key;
}

export function compareStrength(a: PersonLink, b: PersonLink, policy: CompiledPolicy): number {
  const [x, y] = [policy.of(typeOf(a.key)), policy.of(typeOf(b.key))];
  return (
    Number(y.strong) - Number(x.strong) ||
    Number(b.verified) - Number(a.verified) ||
    x.rank - y.rank ||
    a.since - b.since ||
    (a.key < b.key ? -1 : 1)
  );
}

export function foundPerson(scope: Scope): Person {
  const { context } = scope;
  const id = profileIdOf(context, scope.space, scope.founded++);
  // In the fused form the people stage would look for it in the store, in vain.
  context.view.absent(keys.header(id));
  const person: Person = {
    id,
    createdAt: context.now,
    links: [],
    facets: [],
    merged: [],
    apart: [],
    shared: [],
    seenAt: 0,
    name: '',
  };
  context.view.put(keys.person(id), person);
  return person;
}

/** Gives the link to the person; whoever held it before must have been relieved of it. */
export function give(link: Link, person: Person, { context }: Scope): void {
  const key = linkKey(link);
  link.owner = person.id;
  person.links.push({
    key,
    since: link.since,
    verified: link.verified,
    alias: link.alias === true,
  });
  context.view.put(`i/${key}`, link);
  context.view.put(keys.person(person.id), person);
}

/** Takes the link from its holder: nobody holds it until it is given again. */
export function release(link: Link, reason: Link['past'][number]['reason'], scope: Scope): void {
  const { context } = scope;
  const key = linkKey(link);
  const holder = personAt(context.view, link.owner);
  if (holder !== undefined) {
    holder.links = holder.links.filter((entry) => entry.key !== key);
    context.view.put(keys.person(holder.id), holder);
    passOn(link, { holder, reason }, scope);
    link.past = [
      ...link.past.slice(-(limits.pastOwnersPerLinkMax - 1)),
      { profile: holder.id, from: link.since, to: context.now, reason },
    ];
  }
  link.owner = '';
  link.evidence = [];
  context.view.put(`i/${key}`, link);
}

/**
 * What was seen together with an identifier that goes is held together by the strongest of it from now on: it was this
 * person's. Only an unmerge takes apart what hung on the identifier.
 */
function passOn(
  gone: Link,
  { holder, reason }: { readonly holder: Person; readonly reason: Link['past'][number]['reason'] },
  { context, policy }: Scope,
): void {
  const key = linkKey(gone);
  const seen = new Map<string, { readonly link: Link; readonly evidence: Evidence }>();
  for (const entry of holder.links) {
    const link = linkAt(context.view, entry.key);
    const evidence =
      link?.evidence.find((each) => each.with === key) ??
      gone.evidence.find((each) => each.with === entry.key);
    if (link !== undefined && evidence !== undefined) seen.set(entry.key, { link, evidence });
  }
  const neighbors = { ...holder, links: holder.links.filter((entry) => seen.has(entry.key)) };
  const anchor = reason === 'unmerged' ? undefined : strongestOf(neighbors, policy);
  for (const [other, { link, evidence }] of seen) {
    const kept = link.evidence.filter((each) => each.with !== key && each.with !== anchor);
    link.evidence =
      anchor === undefined || anchor === other
        ? evidenceWithout(link.evidence, (partner) => partner === key)
        : [{ ...evidence, with: anchor }, ...kept].slice(0, limits.evidencePerLinkMax);
    context.view.put(`i/${other}`, link);
  }
}

export function updatePersonLink(person: Person, link: Link, { context }: Scope): void {
  const key = linkKey(link);
  for (const entry of person.links) {
    if (entry.key !== key) continue;
    entry.verified = link.verified;
    entry.alias = link.alias === true;
  }
  context.view.put(keys.person(person.id), person);
}

/** Changes the owner of a facet; where it lies changes at the confirm of the move. */
export function giveFacet(
  facet: string,
  { from, to }: { readonly from: Person; readonly to: Person },
  { context }: Scope,
): void {
  const place = context.view.get<Place>(keys.place(facet));
  if (place === undefined) return;
  place.owner = to.id;
  context.view.put(keys.place(facet), place);
  from.facets = from.facets.filter((id) => id !== facet);
  addFacet(to, facet);
  context.view.put(keys.person(from.id), from);
  context.view.put(keys.person(to.id), to);
}

/**
 * Lists the facet with its owner. Beyond the bound the oldest closed one is no longer listed: it stays where it is
 * and counts, but can no longer be split off.
 */
export function addFacet(person: Person, facet: string): void {
  person.facets.push(facet);
  if (person.facets.length <= limits.facetsPerPersonMax) return;
  const closed = person.facets.findIndex(isClosedFacet);
  person.facets.splice(Math.max(closed, 0), 1);
}

/**
 * The facets that leave when these identifiers do: those that are at home with one of them, or name one of them and
 * none that stays. Call it after the identifiers have left `person.links`.
 */
export function facetsLeaving(person: Person, leaving: ReadonlySet<string>, view: StateView): string[] {
  const staying = new Set(person.links.map(({ key }) => key));
  return person.facets.filter((facet) => {
    const { names = [], home = '' } = view.get<Place>(keys.place(facet)) ?? {};
    if (leaving.has(home) || staying.has(home)) return leaving.has(home);
    return names.some((name) => leaving.has(name)) && !names.some((name) => staying.has(name));
  });
}
