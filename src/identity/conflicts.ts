import { assert } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Link, Person, ReviewKind } from '../model/identity.ts';
import { closeFacets } from './epochs.ts';
import type { Dropped, Judged } from './judge.ts';
import { give, isKnown, linkAt, linkKey, release, type Scope, strongestOf, typeOf } from './people.ts';
import { openReview } from './reviews.ts';
import { seeShared, stopLinking } from './shared.ts';

/** What becomes of the claims that an event had to drop. */
export function settleConflicts(judged: Judged, scope: Scope): void {
  const { event, judgement, person } = judged;
  if (judgement.dropped.length === 0) return;
  const known = isKnown(person, scope.policy);
  const bridges = judgement.dropped.filter(({ reason }) => reason === 'bridge');
  if (known && bridges.length > 0) shareBridges(judged, bridges, scope);
  for (const dropped of judgement.dropped) {
    const key = linkKey(dropped.claim);
    if (dropped.reason === 'shared') {
      if (known) seeShared(key, person, scope);
      continue;
    }
    // That two memberships conflict is what the loyalty master has just answered.
    if (dropped.reason === 'bridge' || isAnswered(event, key)) continue;
    refuse(judged, dropped, scope);
    if (dropped.claim.verified && dropped.holder !== undefined && dropped.holder !== person && known)
      settleStrong(judged, dropped, scope);
  }
}

function isAnswered({ identity }: Event, key: string): boolean {
  return identity?.type === 'members_merged' && (key === identity.kept || key === identity.merged);
}

/** A device of one known person came with another: from now on it is nobody's. */
function shareBridges({ event, person }: Judged, bridges: readonly Dropped[], scope: Scope): void {
  const holders = new Set(bridges.map(({ holder }) => holder));
  for (const holder of holders) {
    if (holder === undefined) continue;
    const links = bridges
      .filter((dropped) => dropped.holder === holder)
      .map(({ claim }) => linkAt(scope.context.view, linkKey(claim)))
      .filter((link) => link !== undefined);
    const sharing = { links, holder, people: [holder, person], source: event.source, eventId: event.id };
    stopLinking(sharing, scope);
  }
}

function refuse({ event, person }: Judged, { claim, reason, holder }: Dropped, { context }: Scope): void {
  context.history(
    identityRow({
      change: 'refused',
      profileId: person.id,
      otherProfileId: holder?.id ?? '',
      identifier: linkKey(claim),
      reason,
      source: event.source,
      eventId: event.id,
      at: context.now,
      cause: context.cause(),
    }),
  );
}

/** A verified identifier of somebody else: the number was recycled, or a question for a person to answer. */
function settleStrong({ event, person }: Judged, dropped: Dropped, scope: Scope): void {
  const { claim, holder, reason } = dropped;
  const link = linkAt(scope.context.view, linkKey(claim));
  if (link === undefined || holder === undefined || reason === 'apart') return;
  if (isTwoMembers(holder, person, scope) && !scope.policy.of(claim.type).once) {
    const why = duplicateReason(event, holder, scope);
    if (why === undefined) {
      recycle(link, { from: holder, to: person, event }, scope);
      return;
    }
    ask(event, { link, holder, person, kind: 'duplicate', reason: why }, scope);
    return;
  }
  const kind = reason === 'suspicious' ? 'suspicious_merge' : 'conflict';
  ask(event, { link, holder, person, kind, reason }, scope);
}

/** Do the two hold different values of a type of which a person has one for ever? */
function isTwoMembers(a: Person, b: Person, { policy }: Scope): boolean {
  const types = new Set(a.links.filter(({ alias }) => !alias).map(({ key }) => typeOf(key)));
  return b.links.some(({ key, alias }) => !alias && types.has(typeOf(key)) && policy.of(typeOf(key)).once);
}

/** Why two members with one number are probably one person; undefined when the number was recycled. */
function duplicateReason(event: Event, holder: Person, { context, policy }: Scope): string | undefined {
  if (event.name !== undefined && event.name === holder.name) return 'same_name';
  if (event.time - holder.seenAt < policy.activeMs) return 'active';
  const device = event.claims.some((claim) => {
    if (policy.of(claim.type).strong) return false;
    const key = linkKey(claim);
    return holder.shared.includes(key) || linkAt(context.view, key)?.owner === holder.id;
  });
  return device ? 'shared_device' : undefined;
}

interface Handover {
  readonly from: Person;
  readonly to: Person;
  readonly event: Event;
}

/** The number is somebody else's from now on. What was counted under it stays with the old owner. */
function recycle(link: Link, { from, to, event }: Handover, scope: Scope): void {
  const { context } = scope;
  const key = linkKey(link);
  release(link, 'recycled', scope);
  link.since = context.now;
  link.verified = true;
  link.seenWith = [];
  link.evidence = [{ with: '', source: event.source, event: event.id, at: context.now, rule: 'recycled' }];
  give(link, to, scope);
  closeFacets({ from, left: new Set([key]), to: () => to, reason: 'recycled' }, scope);
  const row = { change: 'recycled', profileId: to.id, otherProfileId: from.id, identifier: key } as const;
  const { source, id: eventId } = event;
  context.history(identityRow({ ...row, source, eventId, at: context.now, cause: context.cause() }));
}

interface Question {
  readonly link: Link;
  readonly holder: Person;
  readonly person: Person;
  readonly kind: ReviewKind;
  readonly reason: string;
}

/** Each pair is asked about once; a value that more people claim than can have it identifies nobody. */
function ask(event: Event, { link, holder, person, kind, reason }: Question, scope: Scope): void {
  if (link.seenWith.includes(person.id)) return;
  link.seenWith.push(person.id);
  scope.context.view.put(`i/${linkKey(link)}`, link);
  const { source, id: eventId } = event;
  if (link.seenWith.length >= Math.min(scope.policy.strongPeopleMax, limits.seenWithMax)) {
    stopLinking({ links: [link], holder, people: [holder, person], source, eventId, blocked: true }, scope);
    return;
  }
  // Of a type of which a person has one, theirs says most; whoever holds none of it goes by their strongest.
  const { once } = scope.policy.of(link.type);
  const same = once ? person.links.find((entry) => typeOf(entry.key) === link.type)?.key : undefined;
  const own = same ?? strongestOf(person, scope.policy);
  assert(own !== undefined, 'an event that asks about somebody has named them');
  openReview(
    {
      kind,
      identifiers: [linkKey(link), own],
      people: [holder.id, person.id],
      reason,
      source,
      event: eventId,
    },
    scope,
  );
}
