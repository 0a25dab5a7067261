import { limits } from '../limits.ts';
import type { Event, IdentityDirective } from '../model/event.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Link, Person } from '../model/identity.ts';
import { areApart } from './fits.ts';
import { countOnly, forceMerge, makeAlias, recordAlias } from './force-merge.ts';
import { newLink, noteCommand, recordLink } from './linking.ts';
import type { MergeCause } from './merge.ts';
import { give, holderOf, linkAt, linkKey, type Scope } from './people.ts';
import { openReview } from './reviews.ts';

type Members = Pick<Extract<IdentityDirective, { type: 'members_merged' }>, 'kept' | 'merged'>;

/** The rule by which the loyalty master's word joins; a review of that reason asks whether it may. */
export const MEMBERS_MERGED = 'members_merged';

/**
 * The loyalty master's word: two memberships are one person, and one of them becomes an alias of the other. What an
 * operator has decided stands: two whom somebody took apart, or kept apart, wait for an operator.
 */
export function mergeMembers(event: Event, members: Members, scope: Scope): void {
  const { kept, merged } = members;
  const { view } = scope.context;
  const cause = { rule: MEMBERS_MERGED, source: event.source, eventId: event.id };
  giveUnused(event, members, { cause, scope });
  const holders = [holderOf(view, merged), holderOf(view, kept)] as const;
  const [loser, stays] = holders;
  if (loser === undefined || stays === undefined) return;
  if (loser !== stays && areApart([loser, stays])) {
    refuse({ person: stays, other: loser, merged, reason: 'apart' }, cause, scope);
    askOnce([loser, stays], members, { cause, scope });
    return;
  }
  const person = forceMerge([merged, kept], cause, scope);
  if (person === undefined) {
    refuse({ person: stays, other: loser, merged, reason: 'too_large' }, cause, scope);
    return;
  }
  countOnly({ person, key: kept }, scope);
  makeAlias({ person, key: merged }, cause, scope);
}

interface Doing {
  readonly cause: MergeCause;
  readonly scope: Scope;
}

/** A membership that nobody has used yet comes into being as part of the other. */
function giveUnused(event: Event, { kept, merged }: Members, { cause, scope }: Doing): void {
  const { context } = scope;
  for (const [key, other] of [
    [kept, merged],
    [merged, kept],
  ] as const) {
    const claim = event.claims.find((each) => linkKey(each) === key);
    const link = linkAt(context.view, key) ?? (claim && newLink(claim, event, scope));
    const holder = holderOf(context.view, other);
    if (link === undefined || link.owner !== '' || link.sharedAs !== undefined || holder === undefined)
      continue;
    link.since = context.now;
    link.verified = true;
    if (key === merged) link.alias = true;
    give(link, holder, scope);
    noteCommand(link, { with: other, source: event.source, event: event.id, at: context.now }, scope);
    recordLink(key, { event, person: holder, rule: 'command' }, scope);
    if (key === merged) recordAlias({ person: holder, key }, cause, scope);
  }
}

/** Asks about the pair, unless it has been asked before: then it waits for that answer, or has it. */
function askOnce(
  [loser, stays]: readonly [Person, Person],
  { kept, merged }: Members,
  { cause, scope }: Doing,
): void {
  const link: Link | undefined = linkAt(scope.context.view, merged);
  if (link === undefined || link.seenWith.includes(stays.id)) return;
  link.seenWith = [...link.seenWith, stays.id].slice(-limits.seenWithMax);
  scope.context.view.put(`i/${merged}`, link);
  openReview(
    {
      kind: 'duplicate',
      identifiers: [merged, kept],
      people: [loser.id, stays.id],
      reason: MEMBERS_MERGED,
      source: cause.source,
      event: cause.eventId,
    },
    scope,
  );
}

interface Refusal {
  readonly person: Person;
  readonly other: Person;
  readonly merged: string;
  readonly reason: string;
}

function refuse({ person, other, merged, reason }: Refusal, cause: MergeCause, { context }: Scope): void {
  const row = {
    change: 'refused',
    profileId: person.id,
    otherProfileId: other.id,
    identifier: merged,
  } as const;
  context.history(identityRow({ ...row, ...cause, reason, at: context.now, cause: context.cause() }));
}
