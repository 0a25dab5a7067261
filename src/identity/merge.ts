import { assert } from '../errors.ts';
import { limits } from '../limits.ts';
import { identityRow, mergeRow } from '../model/history-rows.ts';
import type { Link, Person, Place } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import { queueMove } from './moves.ts';
import {
  addFacet,
  give,
  holds,
  isKnown,
  linkAt,
  personAt,
  type Scope,
  strongestOf,
  typeOf,
} from './people.ts';

/** What made people one: for the history. */
export interface MergeCause {
  readonly rule: string;
  readonly source: string;
  readonly eventId: string;
}

/** Unites people. The winner has more verified strong identifiers, then is older, then has the smaller id. */
export function mergePeople(people: readonly Person[], cause: MergeCause, scope: Scope): Person {
  const ranked = [...people].sort(
    (a, b) =>
      verifiedLinks(b, scope) - verifiedLinks(a, scope) ||
      a.createdAt - b.createdAt ||
      (a.id < b.id ? -1 : 1),
  );
  const winner = ranked[0];
  assert(winner !== undefined, 'a merge has at least one person');
  for (const loser of ranked.slice(1)) absorb({ winner, loser }, cause, scope);
  return winner;
}

function verifiedLinks(person: Person, { policy }: Scope): number {
  return person.links.filter(({ key, verified }) => verified && policy.of(typeOf(key)).strong).length;
}

interface Pair {
  readonly winner: Person;
  readonly loser: Person;
}

function absorb({ winner, loser }: Pair, cause: MergeCause, scope: Scope): void {
  const { context } = scope;
  const { view } = context;
  const known = isKnown(loser, scope.policy);
  const remembered = known || loser.apart.length > 0;
  const sides = [strongestOf(winner, scope.policy), strongestOf(loser, scope.policy)] as const;
  if (known && isKnown(winner, scope.policy)) for (const each of [winner, loser]) settleHomes(each, scope);
  for (const entry of loser.links) {
    const link = linkAt(view, entry.key);
    if (link === undefined) continue;
    link.owner = winner.id;
    view.put(`i/${entry.key}`, link);
    winner.links.push(entry);
  }
  const facets = loser.facets;
  for (const facet of facets) {
    const place = view.get<Place>(keys.place(facet));
    if (place === undefined) continue;
    place.owner = winner.id;
    view.put(keys.place(facet), place);
    addFacet(winner, facet);
  }
  // A trace leaves no memory behind: only people count as merges.
  if (remembered) winner.merged.push(loser.id, ...loser.merged);
  winner.apart = [...new Set([...winner.apart, ...loser.apart])].slice(-limits.apartPeopleMax);
  winner.seenAt = Math.max(winner.seenAt, loser.seenAt);
  if (winner.name === '') winner.name = loser.name;
  const common = winner.shared.filter((key) => loser.shared.includes(key));
  winner.shared = [...new Set([...winner.shared, ...loser.shared])].slice(-limits.sharedLinksPerPersonMax);
  loser.links = [];
  loser.facets = [];
  loser.shared = [];
  loser.merged = [];
  loser.apart = [];
  loser.mergedInto = winner.id;
  view.put(keys.person(loser.id), loser);
  view.put(keys.person(winner.id), winner);
  const { rule, source, eventId } = cause;
  const { now } = context;
  context.history(
    mergeRow({ winner: winner.id, loser: loser.id, rule, source, eventId, at: now, cause: context.cause() }),
  );
  queueMove(context, { reason: 'merge', from: loser.id, to: winner.id, facets });
  heal({ winner, common, sides }, cause, scope);
}

/**
 * Notes to whom facets belong whose names do not say it: the family's phone that is somebody else's, a device that
 * nobody holds. So an unmerge gives them back to the side that they came from.
 */
function settleHomes(person: Person, { context, policy }: Scope): void {
  for (const facet of person.facets) {
    const place = context.view.get<Place>(keys.place(facet));
    if (place === undefined || (place.home !== undefined && holds(person, place.home))) continue;
    const own = new Set(place.names.filter((name) => holds(person, name)));
    if (own.size === place.names.length) continue;
    const named = { ...person, links: person.links.filter(({ key }) => own.has(key)) };
    const home = strongestOf(named, policy) ?? strongestOf(person, policy);
    if (home === undefined) continue;
    place.home = home;
    context.view.put(keys.place(facet), place);
  }
}

interface Healing {
  readonly winner: Person;
  /** Identifiers that both of the merged shared with somebody. */
  readonly common: readonly string[];
  /** The strongest identifiers that each of the merged had before. */
  readonly sides: readonly [string | undefined, string | undefined];
}

/**
 * A weak identifier that was shared between two people who turn out to be one was never shared: it comes back to its
 * person, and what it did anonymously meanwhile comes along. Identifiers that have one anonymous profile in common
 * come back together or not at all.
 */
function heal({ winner, common, sides }: Healing, cause: MergeCause, scope: Scope): void {
  const { view } = scope.context;
  const healed = new Set(common.filter((key) => isOneSided(linkAt(view, key), winner)));
  for (const key of healed) {
    const anonymous = personAt(view, linkAt(view, key)?.sharedAs);
    if (anonymous?.links.some((entry) => !healed.has(entry.key))) healed.delete(key);
  }
  for (const key of healed) unshare({ key, winner, sides }, cause, scope);
}

/** Is everybody that the shared identifier was seen with this one person by now? */
function isOneSided(link: Link | undefined, person: Person): boolean {
  if (link?.sharedAs === undefined || link.blocked === true) return false;
  return link.seenWith.every((id) => id === person.id || person.merged.includes(id));
}

function unshare(
  { key, winner, sides }: Pick<Healing, 'winner' | 'sides'> & { readonly key: string },
  cause: MergeCause,
  scope: Scope,
): void {
  const { context } = scope;
  const link = linkAt(context.view, key);
  if (link === undefined) return;
  const anonymous = personAt(context.view, link.sharedAs);
  const [one, other] = sides;
  const { now: at } = context;
  if (one !== undefined && other !== undefined) {
    link.healed = { sides: [one, other], sharedAs: link.sharedAs ?? '' };
    link.evidence = [{ with: one, source: cause.source, event: cause.eventId, at, rule: 'weak' }];
  }
  delete link.sharedAs;
  link.seenWith = [];
  winner.shared = winner.shared.filter((entry) => entry !== key);
  context.view.put(`i/${key}`, link);
  if (anonymous === undefined) {
    link.since = context.now;
    give(link, winner, scope);
  } else if (anonymous.mergedInto === undefined) {
    settleHomes(anonymous, scope);
    absorb({ winner, loser: anonymous }, cause, scope);
  }
  const { rule, source, eventId } = cause;
  const row = { change: 'unshared', profileId: winner.id, identifier: key, rule, source, eventId } as const;
  context.history(identityRow({ ...row, at: context.now, cause: context.cause() }));
}
