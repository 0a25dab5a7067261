import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import type { FoldContext } from '../model/fold.ts';
import { flagDecisionRow, identityRow } from '../model/history-rows.ts';
import type { Person, Review, ReviewIndex } from '../model/identity.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { FlagDecision } from '../model/quality.ts';
import type { CommandRecord } from '../model/record.ts';
import { foldAccessKey } from './access-keys.ts';
import { addCodes } from './coupons.ts';
import { foldErase, foldErased } from './erase.ts';
import { countOnly, forceMerge, makeAlias } from './force-merge.ts';
import { MEMBERS_MERGED } from './members.ts';
import { holderOf, holds, linkAt, type Scope } from './people.ts';
import { decideOnReferral } from './referrals.ts';
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
    case 'settle_flag':
      return settleFlag(command, author, scope.context);
    case 'key':
      return foldAccessKey(command.change, author, scope.context);
    case 'add_codes':
      return addCodes(command, scope.context);
    case 'erase':
      return foldErase(command, author, scope.context);
    case 'erased':
      return foldErased(command, scope.context);
  }
}

function refused(code: ErrorCode): Outcome {
  return { status: 'refused', code, profileId: '', firings: [], detail: {} };
}

function done(profileId: string, detail: JsonObject): Outcome {
  return { status: 'applied', profileId, firings: [], detail };
}

/** Nothing but a row of history, where flags come from: whoever says something last is right. */
function settleFlag(
  { flag, decision }: { readonly flag: string; readonly decision: FlagDecision },
  author: string,
  context: FoldContext,
): Outcome {
  context.history(flagDecisionRow({ flag, decision, author, at: context.now, cause: context.cause() }));
  return done('', { id: flag, status: decision });
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
  if (review.kind === 'referral') return decideReferral(review, { decision, author, note }, scope);
  const pair = pairOf(review, scope);
  // An approval of what has come to pass is granted; there is nothing left that a rejection could keep apart.
  const moot = pair === undefined || (decision === 'reject' && pair[0] === pair[1]);
  if (moot) {
    close(review, { status: 'settled', author, note }, scope);
    return refused('review_settled');
  }
  const decided = decision === 'approve' ? approve(review, author, scope) : reject(pair, scope);
  if (decided === undefined) return refused('too_large');
  const status = decision === 'approve' ? 'approved' : 'rejected';
  close(review, { status, author, note }, scope);
  const already = pair[0] === pair[1] ? { already: true } : {};
  return done(decided.id, { review: n, status, profile_id: decided.id, ...already });
}

/** Points hang on it, and nobody is merged. */
function decideReferral(
  review: Review,
  { decision, author, note }: { decision: 'approve' | 'reject'; author: string; note: string },
  scope: Scope,
): Outcome {
  const credited = decideOnReferral(review, decision, scope);
  const moot = decision === 'approve' && credited === undefined;
  const status = moot ? 'settled' : decision === 'approve' ? 'approved' : 'rejected';
  close(review, { status, author, note }, scope);
  if (moot) return refused('review_settled');
  const profile = credited?.id ?? review.people[0];
  return done(profile, { review: review.n, status, profile_id: profile });
}

/** The two people whom it is about; undefined where one of its identifiers does not identify anybody any more. */
function pairOf({ identifiers }: Review, scope: Scope): readonly [Person, Person] | undefined {
  const [one, other] = identifiers.map((key) => holderOf(scope.context.view, key));
  if (one === undefined || other === undefined || isAnyShared(identifiers, scope)) return undefined;
  return [one, other];
}

interface Decision {
  readonly status: 'approved' | 'rejected' | 'settled';
  readonly author: string;
  readonly note: string;
}

function close(review: Review, { status, author, note }: Decision, scope: Scope): void {
  const { view, now } = scope.context;
  Object.assign(review, { status, decidedBy: author, decidedAt: now, note } satisfies Partial<Review>);
  view.put(keys.review(review.n), review);
  const index = view.get<ReviewIndex>(keys.reviews);
  if (index !== undefined) {
    index.open--;
    view.put(keys.reviews, index);
  }
  recordDecision(review, scope);
}

function approve({ identifiers, event, reason }: Review, author: string, scope: Scope): Person | undefined {
  const cause = { rule: 'review', source: author, eventId: event };
  const person = forceMerge(identifiers, cause, scope);
  if (person === undefined || reason !== MEMBERS_MERGED) return person;
  // The loyalty master has said which of the two memberships counts.
  const [merged, kept] = identifiers;
  countOnly({ person, key: kept }, scope);
  makeAlias({ person, key: merged }, cause, scope);
  return person;
}

/** They are two people, and stay so until somebody says otherwise. */
function reject([one, other]: readonly [Person, Person], { context }: Scope): Person {
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
