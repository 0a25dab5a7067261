import { hash } from 'node:crypto';
import type { ErrorCode } from '../errors.ts';
import type { Outcome } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Credit, Person } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { StateView } from '../model/view.ts';
import { holderOf, linkKey, type Scope } from './people.ts';

/**
 * What is credited once among all people: a receipt to whoever claims it first, an invitee to one inviter. Only identity
 * sees everybody, so it keeps who came first. The points themselves are the ledger's.
 */
export function creditKey(event: Event): string | undefined {
  const asked = event.identity;
  if (asked?.type === 'referral') return referralKey(asked.invitee);
  return asked?.type === 'claim' ? keyOf(`claim\0${asked.order}`) : undefined;
}

/** Of the invitee's identifier, `type:hash`. */
export function referralKey(invitee: string): string {
  return keyOf(`referral\0${invitee}`);
}

function keyOf(text: string): string {
  return keys.credit(hash('sha256', text, 'base64url').slice(0, 22));
}

/** Identifiers beside its claims that decide what becomes of a referral: the invitee's, and the first inviter's. */
export function referralLinks(event: Event, view: StateView): readonly string[] {
  const { identity } = event;
  if (identity?.type !== 'referral') return [];
  const known = view.get<Credit>(referralKey(identity.invitee))?.referral;
  return known === undefined ? [identity.invitee] : [identity.invitee, known.inviter];
}

export function nameOf({ source, id }: Event): string {
  return `${source}\0${id}`;
}

/** Whether a receipt can be credited at all, under the program in force at this moment. */
export type CanCredit = (event: Event, now: number) => boolean;

/** Why the event goes no further; undefined for every other event. */
export function refuseCredit(event: Event, scope: Scope, canCredit: CanCredit): Outcome | undefined {
  const key = creditKey(event);
  if (key === undefined) return undefined;
  const { view, now } = scope.context;
  const known = view.get<Credit>(key);
  const isFirst = known === undefined || known.event === nameOf(event);
  if (event.identity?.type === 'claim') {
    if (!isFirst) return refusal(event, 'receipt_claimed', scope);
    // Said here, before anybody is noted: what cannot be credited must not keep the receipt from whoever it belongs to.
    return canCredit(event, now) ? undefined : refusal(event, 'receipt_invalid', scope);
  }
  if (!isFirst && !isSameInviter(event, known, view)) return refusal(event, 'referral_credited', scope);
  const [invitee = ''] = referralLinks(event, view);
  const unknown = event.properties.status === 'ordered' && holderOf(view, invitee) === undefined;
  return unknown ? refusal(event, 'identifier_not_found', scope) : undefined;
}

/** Whoever reports the invitee's sign-up and then the order reports one referral. */
function isSameInviter({ claims }: Event, { referral }: Credit, view: StateView): boolean {
  const inviter = referral && holderOf(view, referral.inviter);
  return inviter !== undefined && claims.some((claim) => holderOf(view, linkKey(claim)) === inviter);
}

function refusal(event: Event, code: ErrorCode, { context }: Scope): Outcome {
  const [claim] = event.claims.slice(-1);
  const holder = claim && holderOf(context.view, linkKey(claim));
  context.history(
    identityRow({
      change: 'refused',
      profileId: holder?.id ?? '',
      rule: event.type,
      reason: code,
      source: event.source,
      eventId: event.id,
      at: context.now,
      cause: context.cause(),
    }),
  );
  return { status: 'refused', code, profileId: holder?.id ?? '', firings: [] };
}

/** Notes who has claimed a receipt. */
export function noteClaim(event: Event, { context: { view } }: Scope): void {
  const key = event.identity?.type === 'claim' ? creditKey(event) : undefined;
  if (key !== undefined && view.get<Credit>(key) === undefined)
    view.put(key, { event: nameOf(event) } satisfies Credit);
}

/** Whom the points of a referral are for, and who was invited, as long as both are somebody. */
export function pairOfReferral(
  { inviter, invitee }: NonNullable<Credit['referral']>,
  view: StateView,
): readonly [Person, Person] | undefined {
  const [one, other] = [holderOf(view, inviter), holderOf(view, invitee)];
  return one === undefined || other === undefined ? undefined : [one, other];
}
