import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import type { ReturnedMessage } from '../model/erasure-records.ts';
import type { Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import { facetRow, identityRow } from '../model/history-rows.ts';
import { type Combination, type Person, type Place, recordNumber } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { LogRecord, SeenMessage } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { foldStates, statesNeeds } from './backfill.ts';
import { foldCommand } from './commands.ts';
import { settleConflicts } from './conflicts.ts';
import { drawCode, drawNeeds } from './coupons.ts';
import { type CanCredit, noteClaim, refuseCredit } from './credits.ts';
import { type DirectiveMemory, obey } from './directives.ts';
import { foldForgotten, forgottenNeeds } from './erase.ts';
import { type Judged, type Judgement, judge } from './judge.ts';
import { heldBefore, linkAll, noteStatements } from './linking.ts';
import { mergePeople } from './merge.ts';
import { confirmMove, confirmNeeds, queueMove } from './moves.ts';
import { commandNeeds, eventNeeds, referralNeeds, verdict } from './needs.ts';
import {
  addFacet,
  facetsLeaving,
  foundPerson,
  giveFacet,
  linkAt,
  linkKey,
  personAt,
  release,
  type Scope,
} from './people.ts';
import type { CompiledPolicy } from './policy.ts';
import { foldReferralDue, noteReferral } from './referrals.ts';
import { declareShared, foundAnonymous } from './shared.ts';
import { areThereAny, erasedAt } from './tombstones.ts';

/**
 * The identity stage: a deterministic state machine over the order of its log. It decides for each combination
 * of claims, once, whose facet its events belong to; later events of the combination follow that verdict until
 * a move changes the facet's location. Sign-ins, sign-outs and merged members are decided anew every time.
 */
export interface IdentityStage {
  /** Keys that `fold` will read and that are not in memory yet; empty when it can run. */
  needs(record: LogRecord, view: StateView, now: number): string[];
  /** The outcome of a command, or of an event that goes no further; of every other event its profile will tell. */
  fold(record: LogRecord, context: FoldContext): Outcome | undefined;
}

export interface IdentityOptions {
  readonly policy: () => CompiledPolicy;
  readonly space: string;
  /** Remembers which sign-ins and sign-outs were obeyed, so that a repeat changes nothing. */
  readonly directives: DirectiveMemory;
  readonly canCredit: CanCredit;
}

export function createIdentityStage(options: IdentityOptions): IdentityStage {
  return {
    needs(record, view, now) {
      switch (record.kind) {
        case 'event':
          return needsOf(record.event, view, { options, now });
        case 'command':
          return commandNeeds(record.command, view);
        case 'message':
          if (record.body.type === 'confirm') return missingOf(confirmNeeds(record.body, view), view);
          if (record.body.type === 'seen') return seenNeeds(record.body, view);
          if (record.body.type === 'draw') return drawNeeds(record.body, view);
          if (record.body.type === 'referral_due') return referralNeeds(record.body, view);
          if (record.body.type === 'forgotten') return forgottenNeeds(record.body, view);
          if (record.body.type === 'returned')
            return returnedNeeds(record.body.event, view, { options, now });
          return [];
        case 'backfill':
          return record.step.type === 'states' ? statesNeeds(record.id, record.step, view) : [];
        default:
          return [];
      }
    },
    fold(record, context) {
      const scope: Scope = { context, policy: options.policy(), space: options.space, founded: 0 };
      if (record.kind === 'event') return routeEvent(record.event, scope, options);
      if (record.kind === 'command') return foldCommand(record, scope);
      else if (record.kind === 'backfill' && record.step.type === 'states')
        foldStates(record.id, record.step, context);
      else if (record.kind === 'message' && record.body.type === 'confirm') confirmMove(context, record.body);
      else if (record.kind === 'message' && record.body.type === 'seen') noteSeen(record.body, context);
      else if (record.kind === 'message' && record.body.type === 'draw') drawCode(record.body, context);
      else if (record.kind === 'message' && record.body.type === 'referral_due')
        foldReferralDue(record.body, scope);
      else if (record.kind === 'message' && record.body.type === 'forgotten')
        foldForgotten(record.body, context);
      else if (record.kind === 'message' && record.body.type === 'returned')
        return takeBack(record.body, scope, options);
      return undefined;
    },
  };
}

interface Asked {
  readonly options: IdentityOptions;
  readonly now: EpochMs;
}

function needsOf(event: Event, view: StateView, { options, now }: Asked): string[] {
  const seenDays = event.identity === undefined ? [] : options.directives.needs(event, now);
  return eventNeeds(event, view, { policy: options.policy(), now, seenDays });
}

function returnedNeeds(event: Event, view: StateView, asked: Asked): string[] {
  return event.claims.length === 0 ? missingOf([keys.place(event.facet)], view) : needsOf(event, view, asked);
}

/** It had been sent to where nobody is any more. What the engine says names nobody: it follows its facet, or goes with it. */
function takeBack(
  { event, hops, returns = 0 }: ReturnedMessage,
  scope: Scope,
  options: IdentityOptions,
): Outcome | undefined {
  const returned: Scope = { ...scope, hops: hops + 1, returns: returns + 1 };
  if (event.claims.length > 0) return routeEvent(event, returned, options);
  const place = scope.context.view.get<Place>(keys.place(event.facet));
  if (place === undefined) return tooLate();
  send(event, place, returned);
  return undefined;
}

function tooLate(): Outcome {
  return { status: 'refused', code: 'erased' satisfies ErrorCode, profileId: '', firings: [] };
}

function missingOf(wanted: readonly string[], view: StateView): string[] {
  return wanted.filter((key) => !view.has(key));
}

/** Sends the event to the location of its facet, judging the combination when it is new. */
function routeEvent(
  event: Event,
  scope: Scope,
  { directives, canCredit }: IdentityOptions,
): Outcome | undefined {
  const { context } = scope;
  const standing = verdict(event, context.view, scope.policy);
  // Of a combination whose verdict stands nobody was erased.
  const isSettled = event.identity === undefined && standing !== undefined;
  if (!isSettled && event.time <= (erasedAt(event, context.view) ?? NEVER)) return tooLate();
  const refused = refuseCredit(event, scope, canCredit);
  if (refused !== undefined) return refused;
  const directed = event.identity !== undefined && directives.isNew(event, context);
  if (standing !== undefined && !directed) {
    send(event, standing, scope);
    return undefined;
  }
  if (event.sharedDevices === true) declareShared(event, scope);
  const judgement = judge(event, context, scope.policy);
  const before = heldBefore(judgement, scope);
  const person = personFor(event, judgement, scope);
  const judged: Judged = { event, judgement, person };
  takeYielded(judged, scope);
  linkAll(judged, scope);
  noteStatements(judged, before, scope);
  person.seenAt = Math.max(person.seenAt, event.time);
  if (event.name !== undefined) person.name = event.name;
  const place = placeFacet(judged, scope);
  settleConflicts(judged, scope);
  noteClaim(event, scope);
  // A sign-out ends with its own event: what it closes includes it.
  send(event, place, scope);
  noteReferral(event, person, scope);
  if (directed) obey(event, person, scope);
  context.view.put(keys.person(person.id), person);
  return undefined;
}

function send(event: Event, { location }: Place, { context, hops, returns = 0 }: Scope): void {
  const travelled = hops === undefined ? {} : { hops, returns };
  context.toProfile(location, { type: 'event', profile: location, event, ...travelled });
}

const NEVER = Number.NEGATIVE_INFINITY;

function personFor(event: Event, { people, used, dropped }: Judgement, scope: Scope): Person {
  if (people.length > 0) {
    const cause = { rule: 'shared_identifier', source: event.source, eventId: event.id };
    return mergePeople(people, cause, scope);
  }
  if (used.length > 0) return newPerson(event, scope);
  // Nothing that identifies anybody: the strongest shared identifier's anonymous profile.
  const links = dropped
    .map(({ claim }) => linkAt(scope.context.view, linkKey(claim)))
    .filter((link) => link !== undefined);
  for (const link of links) {
    const anonymous = personAt(scope.context.view, link.sharedAs);
    if (anonymous !== undefined) return anonymous;
  }
  const [link] = links;
  return link === undefined ? newPerson(event, scope) : foundAnonymous([link], scope);
}

function newPerson(event: Event, scope: Scope): Person {
  const person = foundPerson(scope);
  scope.context.view.absent(keys.facet(person.id, event.facet));
  return person;
}

/** A verified claim takes what was only stated elsewhere, and the facets that name nothing else. */
function takeYielded({ event, judgement, person }: Judged, scope: Scope): void {
  const { context } = scope;
  for (const link of judgement.yielding) {
    const holder = personAt(context.view, link.owner);
    release(link, 'yielded', scope);
    if (holder === undefined) continue;
    context.history(
      identityRow({
        change: 'yielded',
        profileId: person.id,
        otherProfileId: holder.id,
        identifier: linkKey(link),
        source: event.source,
        eventId: event.id,
        at: context.now,
        cause: context.cause(),
      }),
    );
    // What was counted under a statement that only gave way stays where it was counted.
    if (holder === person) continue;
    const facets = facetsLeaving(holder, new Set([linkKey(link)]), context.view);
    if (facets.length === 0) continue;
    for (const facet of facets) giveFacet(facet, { from: holder, to: person }, scope);
    queueMove(context, { reason: 'split', from: holder.id, to: person.id, facets });
  }
}

function placeFacet({ event, judgement, person }: Judged, scope: Scope): Place {
  const { context } = scope;
  const key = keys.place(event.facet);
  let place = context.view.get<Place>(key);
  if (place === undefined) {
    const names = [
      ...new Set([event.claims[0], event.claims.at(-1)].filter((c) => c !== undefined).map(linkKey)),
    ];
    place = { owner: person.id, location: person.id, judged: false, names, epoch: 0 };
    if (areThereAny(context.view)) place.founded = recordNumber(context.position);
    addFacet(person, event.facet);
    const { now: at } = context;
    context.history(
      facetRow({ facetId: event.facet, profileId: person.id, change: 'created', at, cause: context.cause() }),
    );
  }
  const refused = judgement.dropped.length > 0 ? { refusedUnder: scope.policy.version } : {};
  // Somebody whom it names was erased once: every event of it comes here, so that old ones are found.
  const judged = erasedAt(event, context.view) === undefined;
  if (event.combination === undefined) {
    delete place.refusedUnder;
    Object.assign(place, { judged, ...refused } satisfies Partial<Place>);
  } else if (judged) {
    const judgedAt = place.founded === undefined ? {} : { judgedAt: recordNumber(context.position) };
    const combination: Combination = { facet: event.facet, ...judgedAt, ...refused };
    context.view.put(keys.combination(event.combination), combination);
  }
  context.view.put(key, place);
  return place;
}

/** The person, or whom it was merged into meanwhile. */
function seenNeeds({ profile }: SeenMessage, view: StateView): string[] {
  let id: string | undefined = profile;
  for (let hop = 0; id !== undefined && hop < limits.forwardHopsMax; hop++) {
    if (!view.has(keys.person(id))) return [keys.person(id)];
    id = view.get<Person>(keys.person(id))?.mergedInto;
  }
  return [];
}

/** The profile was active: what counts as a recycled number depends on it. */
function noteSeen({ profile, at }: SeenMessage, { view }: FoldContext): void {
  let person = personAt(view, profile);
  for (let hop = 0; person?.mergedInto !== undefined && hop < limits.forwardHopsMax; hop++)
    person = personAt(view, person.mergedInto);
  if (person === undefined || at <= person.seenAt) return;
  person.seenAt = at;
  view.put(keys.person(person.id), person);
}
