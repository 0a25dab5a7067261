import { assert } from '../errors.ts';
import type { Claim, Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import { facetRow, mergeRow } from '../model/history-rows.ts';
import { keys } from '../model/keys.ts';
import type { Combination, Link, Person, Place } from '../model/profile.ts';
import type { LogRecord } from '../model/record.ts';
import type { StateView } from '../model/view.ts';
import { isKnown, type Judgement, judge, linkOf, personOf } from './judge.ts';
import { confirmMove, confirmNeeds, queueMove } from './moves.ts';
import { type CompiledPolicy, isStrong } from './policy.ts';
import { profileIdOf } from './profile-id.ts';

/**
 * The identity stage: a deterministic state machine over the order of its log. It decides for each combination
 * of claims, once, whose facet its events belong to; later events of the combination follow that verdict until
 * a move changes the facet's location.
 */
export interface IdentityStage {
  /** Keys that `fold` will read and that are not in memory yet; empty when it can run. */
  needs(record: LogRecord, view: StateView): string[];
  fold(record: LogRecord, context: FoldContext): void;
}

export function createIdentityStage(options: { policy: CompiledPolicy; space: string }): IdentityStage {
  return {
    needs(record, view) {
      if (record.kind === 'event') return eventNeeds(record.event, view);
      if (record.kind === 'message' && record.body.type === 'confirm')
        return missing(view, confirmNeeds(record.body, view));
      return [];
    },
    fold(record, context) {
      if (record.kind === 'event') {
        const profile = routeEvent(record.event, context, options);
        context.toProfile(profile, { type: 'event', profile, event: record.event });
      } else if (record.kind === 'message' && record.body.type === 'confirm') {
        confirmMove(context, record.body);
      }
    },
  };
}

/** One array for every event that needs nothing, which is nearly every event. */
const NOTHING: string[] = [];

function missing(view: StateView, wanted: readonly string[]): string[] {
  return wanted.filter((key) => !view.has(key));
}

/** The verdict that stands for this combination, if there is one. */
function verdict(event: Event, view: StateView): Place | undefined {
  if (event.combination === undefined) {
    const place = view.get<Place>(keys.place(event.facet));
    return place?.judged ? place : undefined;
  }
  const known = view.get<Combination>(keys.combination(event.combination));
  return known && view.get<Place>(keys.place(known.facet));
}

function eventNeeds(event: Event, view: StateView): string[] {
  if (verdict(event, view) !== undefined) return NOTHING;
  const first = [keys.place(event.facet)];
  if (event.combination !== undefined) first.push(keys.combination(event.combination));
  const absent = missing(view, first);
  if (absent.length > 0) return absent;

  const links = missing(view, [
    keys.moves,
    ...event.claims.map((claim) => keys.link(claim.type, claim.hash)),
  ]);
  if (links.length > 0) return links;

  const owners = new Set<string>();
  for (const claim of event.claims) {
    const link = linkOf(view, claim);
    if (link !== undefined) owners.add(keys.person(link.owner));
    if (link?.sharedAs) owners.add(keys.person(link.sharedAs));
  }
  const people = missing(view, [...owners]);
  if (people.length > 0) return people;

  // A merge touches every link and every facet of everybody involved; limits by year read the links' ages.
  const deep: string[] = [];
  for (const owner of owners) {
    const person = view.get<Person>(owner);
    if (person === undefined) continue;
    for (const link of person.links) deep.push(`i/${link}`);
    if (owners.size > 1) for (const facet of person.facets) deep.push(keys.place(facet));
  }
  return missing(view, deep);
}

interface StageOptions {
  readonly policy: CompiledPolicy;
  readonly space: string;
}

/** Answers the location of the event's facet, judging the combination when it is new. */
function routeEvent(event: Event, context: FoldContext, options: StageOptions): string {
  const standing = verdict(event, context.view);
  if (standing !== undefined) return standing.location;

  const judgement = judge(event, context, options.policy);
  const person = personFor(event, judgement, context, options);
  for (const claim of judgement.used) link({ claim, event, person, context });
  context.view.put(keys.person(person.id), person);

  const place = placeFacet(event, person, context);
  if (event.combination === undefined) place.judged = true;
  else context.view.put(keys.combination(event.combination), { facet: event.facet } satisfies Combination);
  context.view.put(keys.place(event.facet), place);
  markShared(judgement, person, context, options.policy);
  return place.location;
}

function personFor(event: Event, judgement: Judgement, context: FoldContext, options: StageOptions): Person {
  const { people, used, dropped } = judgement;
  if (people.length > 0) return mergePeople(event, people, context, options.policy);
  const alone = used.length === 0 ? dropped[0]?.claim : undefined;
  const shared = alone && linkOf(context.view, alone);
  if (shared?.sharedAs) {
    const anonymous = context.view.get<Person>(keys.person(shared.sharedAs));
    if (anonymous !== undefined) return anonymous;
  }
  const id = profileIdOf(context, options.space, 0);
  // In the fused form the people stage would look for these in the store, in vain.
  context.view.absent(keys.header(id));
  context.view.absent(keys.facet(id, event.facet));
  const person: Person = {
    id,
    createdAt: context.now,
    links: [],
    facets: [],
    merged: [],
  };
  if (shared !== undefined) {
    shared.sharedAs = person.id;
    context.view.put(keys.link(shared.type, shared.hash), shared);
  }
  return person;
}

/** Unites people; the winner has more verified strong links, then is older, then has the smaller id. */
function mergePeople(
  event: Event,
  people: readonly Person[],
  context: FoldContext,
  policy: CompiledPolicy,
): Person {
  const ranked = [...people].sort(
    (a, b) =>
      verifiedLinks(b, context.view, policy) - verifiedLinks(a, context.view, policy) ||
      a.createdAt - b.createdAt ||
      (a.id < b.id ? -1 : 1),
  );
  const winner = ranked[0];
  assert(winner !== undefined, 'a merge has at least one person');
  for (const loser of ranked.slice(1)) absorbPerson(event, { winner, loser }, context);
  return winner;
}

function absorbPerson(event: Event, pair: { winner: Person; loser: Person }, context: FoldContext): void {
  const { winner, loser } = pair;
  for (const key of loser.links) {
    const moved = context.view.get<Link>(`i/${key}`);
    if (moved === undefined) continue;
    moved.owner = winner.id;
    context.view.put(`i/${key}`, moved);
    winner.links.push(key);
  }
  for (const facet of loser.facets) {
    const place = context.view.get<Place>(keys.place(facet));
    if (place === undefined) continue;
    place.owner = winner.id;
    context.view.put(keys.place(facet), place);
    winner.facets.push(facet);
  }
  winner.merged.push(loser.id, ...loser.merged);
  const facets = loser.facets;
  loser.links = [];
  loser.facets = [];
  loser.mergedInto = winner.id;
  context.view.put(keys.person(loser.id), loser);
  context.view.put(keys.person(winner.id), winner);
  context.history(
    mergeRow({
      winner: winner.id,
      loser: loser.id,
      rule: 'shared_identifier',
      source: event.source,
      eventId: event.id,
      at: context.now,
      cause: context.cause(),
    }),
  );
  queueMove(context, { from: loser.id, to: winner.id, facets });
}

function verifiedLinks(person: Person, view: StateView, policy: CompiledPolicy): number {
  let count = 0;
  for (const key of person.links) {
    const entry = view.get<Link>(`i/${key}`);
    if (entry?.verified && isStrong(policy, entry)) count++;
  }
  return count;
}

function link(input: { claim: Claim; event: Event; person: Person; context: FoldContext }): void {
  const { claim, event, person, context } = input;
  const key = keys.link(claim.type, claim.hash);
  const existing = context.view.get<Link>(key);
  if (existing === undefined) {
    const made: Link = {
      type: claim.type,
      hash: claim.hash,
      owner: person.id,
      verified: claim.verified,
      sealed: claim.sealed ?? '',
      sealedBy: event.facet,
      since: context.now,
      source: event.source,
      event: event.id,
    };
    context.view.put(key, made);
    person.links.push(key.slice(2));
    return;
  }
  let changed = false;
  if (existing.owner !== person.id) {
    // A verified claim takes a value that was only stated: from now on it names this person.
    const previous = context.view.get<Person>(keys.person(existing.owner));
    if (previous !== undefined) {
      previous.links = previous.links.filter((entry) => entry !== key.slice(2));
      context.view.put(keys.person(previous.id), previous);
    }
    existing.owner = person.id;
    person.links.push(key.slice(2));
    changed = true;
  }
  if (claim.verified && !existing.verified) {
    existing.verified = true;
    changed = true;
  }
  if (changed) context.view.put(key, existing);
}

function placeFacet(event: Event, person: Person, context: FoldContext): Place {
  const existing = context.view.get<Place>(keys.place(event.facet));
  if (existing !== undefined) return existing;
  person.facets.push(event.facet);
  context.history(
    facetRow({
      facetId: event.facet,
      profileId: person.id,
      change: 'created',
      at: context.now,
      cause: context.cause(),
    }),
  );
  return { owner: person.id, location: person.id, judged: false };
}

/**
 * A weak identifier of one known person that now came with another known person is shared: the store's tablet,
 * the family's phone. It stops linking; what it does anonymously belongs to nobody known.
 */
function markShared(
  judgement: Judgement,
  person: Person,
  context: FoldContext,
  policy: CompiledPolicy,
): void {
  if (!isKnown(person, policy)) return;
  for (const { claim, reason } of judgement.dropped) {
    if (reason !== 'limit' || isStrong(policy, claim)) continue;
    const entry = linkOf(context.view, claim);
    const owner = personOf(context.view, claim);
    if (entry === undefined || owner === undefined || owner.id === person.id || !isKnown(owner, policy))
      continue;
    entry.sharedAs = '';
    context.view.put(keys.link(entry.type, entry.hash), entry);
  }
}
