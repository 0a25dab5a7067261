import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Person, Review, ReviewIndex } from '../model/identity.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { CommandRecord } from '../model/record.ts';
import { noteCommand } from './linking.ts';
import { mergePeople } from './merge.ts';
import { holderOf, holds, linkAt, type Scope, typeOf, updatePersonLink } from './people.ts';
import { isOpen } from './reviews.ts';
import { splitPerson } from './split.ts';

/** What operators decide: merge, unmerge, and the answers to reviews. Limits bow to them, hard bounds do not. */
export function foldCommand({ author, command }: CommandRecord, scope: Scope): Outcome {
  switch (command.type) {
    case 'merge':
      return mergeByCommand(command.identifiers, author, scope);
    case 'split':
      return splitByCommand(command, author, scope);
    case 'decide':
      return decideReview(command, author, scope);
  }
}

function refused(code: ErrorCode): Outcome {
  return { status: 'refused', code, profileId: '', firings: [], detail: {} };
}

function done(profileId: string, detail: JsonObject): Outcome {
  return { status: 'applied', profileId, firings: [], detail };
}

function mergeByCommand(identifiers: readonly [string, string], author: string, scope: Scope): Outcome {
  const [one, other] = identifiers.map((key) => holderOf(scope.context.view, key));
  if (one === undefined || other === undefined) return refused('identifier_not_found');
  if (isAnyShared(identifiers, scope)) return refused('not_linked');
  if (one === other) return done(one.id, { profile_id: one.id, merged: [], already: true });
  const winner = forceMerge(identifiers, { rule: 'command', source: author, eventId: '' }, scope);
  if (winner === undefined) return refused('too_large');
  const merged = [one.id, other.id].filter((id) => id !== winner.id);
  return done(winner.id, { profile_id: winner.id, merged });
}

/** A shared identifier belongs to nobody who could be merged. */
function isAnyShared(identifiers: readonly string[], { context }: Scope): boolean {
  return identifiers.some((key) => linkAt(context.view, key)?.sharedAs !== undefined);
}

/**
 * Makes the holders of two identifiers one, whatever limits say; a second value of a type of which a person has one
 * becomes an alias of the first. Undefined when the result would exceed what a profile can hold.
 */
export function forceMerge(
  [a, b]: readonly [string, string],
  cause: { rule: string; source: string; eventId: string },
  scope: Scope,
): Person | undefined {
  const { view, now } = scope.context;
  const [one, other] = [holderOf(view, a), holderOf(view, b)];
  if (one === undefined || other === undefined || one === other) return one ?? other;
  if (one.links.length + other.links.length > limits.identifiersPerProfileMax) return undefined;
  if (one.merged.length + other.merged.length + 1 > limits.mergesPerProfileMax) return undefined;
  one.apart = one.apart.filter((id) => id !== other.id && !other.merged.includes(id));
  other.apart = other.apart.filter((id) => id !== one.id && !one.merged.includes(id));
  const winner = mergePeople([one, other], cause, scope);
  const link = linkAt(view, a);
  if (link !== undefined)
    noteCommand(link, { with: b, source: cause.source, event: cause.eventId, at: now }, scope);
  keepOnePerType(winner, scope);
  return winner;
}

/** Of each type of which a person has one, the oldest verified value counts; the others are aliases. */
function keepOnePerType(person: Person, scope: Scope): void {
  const { policy, context } = scope;
  const kept = new Set<string>();
  const ranked = [...person.links].sort(
    (x, y) => Number(y.verified) - Number(x.verified) || x.since - y.since || (x.key < y.key ? -1 : 1),
  );
  for (const { key, alias } of ranked) {
    const type = policy.of(typeOf(key));
    if (!type.once || alias) continue;
    if (kept.has(type.type)) makeAlias(person, key, scope);
    kept.add(type.type);
  }
  context.view.put(keys.person(person.id), person);
}

/** The value stays valid for its person, but another one counts. */
export function makeAlias(person: Person, key: string, scope: Scope): void {
  const { context } = scope;
  const link = linkAt(context.view, key);
  if (link === undefined || link.alias === true) return;
  link.alias = true;
  context.view.put(`i/${key}`, link);
  updatePersonLink(person, link, scope);
  const row = { change: 'alias', profileId: person.id, identifier: key } as const;
  context.history(identityRow({ ...row, at: context.now, cause: context.cause() }));
}

function splitByCommand(
  { identifier, from }: { identifier: string; from?: string },
  author: string,
  scope: Scope,
): Outcome {
  const { view } = scope.context;
  const link = linkAt(view, identifier);
  const person = holderOf(view, identifier);
  if (link === undefined || person === undefined) return refused('identifier_not_found');
  // A shared identifier belongs to nobody who could lose it.
  if (link.sharedAs !== undefined) return refused('not_linked');
  if (from !== undefined && (from === identifier || !holds(person, from))) return refused('not_linked');
  const split = splitPerson({ person, identifier, from, author }, scope);
  if (split === undefined) return refused('not_linked');
  const { part, identifiers, facets } = split;
  return done(part.id, { profile_id: person.id, new_profile_id: part.id, identifiers, facets });
}

function decideReview(
  { review: n, decision, note }: { review: number; decision: 'approve' | 'reject'; note: string },
  author: string,
  scope: Scope,
): Outcome {
  const { view, now } = scope.context;
  const review = view.get<Review>(keys.review(n));
  if (review === undefined) return refused('review_not_found');
  if (!isOpen(review, now)) return refused('review_closed');
  const merged = decision === 'approve' ? approve(review, author, scope) : reject(review, scope);
  if (typeof merged === 'string') return refused(merged);
  review.status = decision === 'approve' ? 'approved' : 'rejected';
  review.decidedBy = author;
  review.decidedAt = now;
  review.note = note;
  view.put(keys.review(n), review);
  const index = view.get<ReviewIndex>(keys.reviews);
  if (index !== undefined) {
    index.open--;
    view.put(keys.reviews, index);
  }
  recordDecision(review, scope);
  return done(merged.id, { review: n, status: review.status, profile_id: merged.id });
}

function approve(review: Review, author: string, scope: Scope): Person | ErrorCode {
  const { view } = scope.context;
  if (review.identifiers.some((key) => holderOf(view, key) === undefined)) return 'identifier_not_found';
  if (isAnyShared(review.identifiers, scope)) return 'not_linked';
  const cause = { rule: 'review', source: author, eventId: review.event };
  return forceMerge(review.identifiers, cause, scope) ?? 'too_large';
}

/** They are two people, and stay so until somebody says otherwise. */
function reject(review: Review, { context }: Scope): Person | ErrorCode {
  const [one, other] = review.identifiers.map((key) => holderOf(context.view, key));
  if (one === undefined || other === undefined) return 'identifier_not_found';
  if (one === other) return one;
  one.apart = [...one.apart, other.id].slice(-limits.apartPeopleMax);
  other.apart = [...other.apart, one.id].slice(-limits.apartPeopleMax);
  context.view.put(keys.person(one.id), one);
  context.view.put(keys.person(other.id), other);
  return one;
}

function recordDecision(review: Review, { context }: Scope): void {
  const [profileId, otherProfileId] = review.people;
  context.history(
    identityRow({
      change: 'review_decided',
      profileId,
      otherProfileId,
      identifier: review.identifiers[0],
      rule: review.kind,
      reason: review.status,
      author: review.decidedBy ?? '',
      eventId: review.event,
      at: context.now,
      cause: context.cause(),
    }),
  );
}
