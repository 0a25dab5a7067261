import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import { isClosedFacet } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Link, Person } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import { closeFacets } from './epochs.ts';
import { newLink } from './linking.ts';
import { queueMove } from './moves.ts';
import {
  facetsLeaving,
  foundPerson,
  give,
  giveFacet,
  isKnown,
  linkAt,
  linkKey,
  personAt,
  release,
  type Scope,
} from './people.ts';

/**
 * Identifiers that stop linking: the store's tablet, the family's phone, the number that an associate types for every
 * guest. What they do anonymously from now on belongs to a stable profile that nobody is; what they did before stays
 * with whom it was counted for.
 */
export interface Sharing {
  readonly links: readonly Link[];
  /** Who held them. */
  readonly holder: Person;
  /** Known people that they were seen with, the holder among them. */
  readonly people: readonly Person[];
  readonly source: string;
  readonly eventId: string;
  /** The value was claimed by more strong people than one value can have. */
  readonly blocked?: boolean;
}

export function stopLinking(
  { links, holder, people, source, eventId, blocked }: Sharing,
  scope: Scope,
): void {
  const { context } = scope;
  const left = new Set(links.map(linkKey));
  for (const link of links) {
    release(link, 'shared', scope);
    link.sharedAs = '';
    if (blocked === true) link.blocked = true;
    else link.seenWith = people.map(({ id }) => id);
    context.view.put(`i/${linkKey(link)}`, link);
  }
  if (blocked !== true) for (const person of people) rememberShared(person, left, context);
  closeFacets({ from: holder, left, to: () => foundAnonymous(links, scope), reason: 'shared' }, scope);
  for (const identifier of left) {
    const change = blocked === true ? 'blocked' : 'shared';
    const row = { change, profileId: holder.id, otherProfileId: people[1]?.id ?? '', identifier } as const;
    context.history(identityRow({ ...row, source, eventId, at: context.now, cause: context.cause() }));
  }
}

/** They turn out to be shared between two who were one for a while; their anonymous events go with them. */
export function shareBetween(
  { links, holder, people }: Pick<Sharing, 'links' | 'holder' | 'people'>,
  scope: Scope,
): void {
  const { context } = scope;
  const left = new Set(links.map(linkKey));
  for (const link of links) {
    release(link, 'shared', scope);
    link.sharedAs = '';
    delete link.healed;
    link.seenWith = people.map(({ id }) => id);
    context.view.put(`i/${linkKey(link)}`, link);
    const row = { change: 'shared', profileId: holder.id, identifier: linkKey(link) } as const;
    const { now: at } = context;
    context.history(identityRow({ ...row, reason: 'unmerged', at, cause: context.cause() }));
  }
  for (const person of people) rememberShared(person, left, context);
  const facets = facetsLeaving(holder, left, context.view).filter((facet) => !isClosedFacet(facet));
  if (facets.length === 0) return;
  const anonymous = foundAnonymous(links, scope);
  for (const facet of facets) giveFacet(facet, { from: holder, to: anonymous }, scope);
  queueMove(context, { reason: 'split', from: holder.id, to: anonymous.id, facets });
}

function rememberShared(person: Person, left: ReadonlySet<string>, { view }: FoldContext): void {
  person.shared = [...new Set([...person.shared, ...left])].slice(-limits.sharedLinksPerPersonMax);
  view.put(keys.person(person.id), person);
}

/** The policy says that the event's devices are the place's: they link nobody from the first sight on. */
export function declareShared(event: Event, scope: Scope): void {
  const { view } = scope.context;
  for (const claim of event.claims) {
    if (scope.policy.of(claim.type).strong) continue;
    const key = linkKey(claim);
    const link = linkAt(view, key);
    if (link === undefined) {
      view.put(`i/${key}`, { ...newLink(claim, event, scope), sharedAs: '', blocked: true });
    } else if (link.sharedAs === undefined) {
      const holder = personAt(view, link.owner);
      // A channel is easily claimed: what a known person holds stays theirs, unless it turns out otherwise.
      if (holder === undefined) view.put(`i/${key}`, Object.assign(link, { sharedAs: '', blocked: true }));
      else if (!isKnown(holder, scope.policy)) {
        const { source, id: eventId } = event;
        stopLinking({ links: [link], holder, people: [holder], source, eventId, blocked: true }, scope);
      }
    }
  }
}

/** Founds the anonymous profile of shared identifiers. */
export function foundAnonymous(links: readonly Link[], scope: Scope): Person {
  const person = foundPerson(scope);
  for (const link of links) {
    link.sharedAs = person.id;
    link.since = scope.context.now;
    give(link, person, scope);
  }
  return person;
}

/** A shared identifier was seen with yet another known person: without them it cannot be one person's again. */
export function seeShared(key: string, person: Person, { context }: Scope): void {
  const link = linkAt(context.view, key);
  if (link === undefined || link.blocked === true || link.seenWith.includes(person.id)) return;
  if (link.seenWith.length >= limits.seenWithMax) return;
  link.seenWith.push(person.id);
  context.view.put(`i/${key}`, link);
  rememberShared(person, new Set([key]), context);
}
