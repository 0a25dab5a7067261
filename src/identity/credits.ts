import { hash } from 'node:crypto';
import type { ErrorCode } from '../errors.ts';
import type { Outcome } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import { isClosedFacet } from '../model/facet-id.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Credit, Person, Place, Review } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { StateView } from '../model/view.ts';
import { holderOf, linkAt, type Scope, strongestOf } from './people.ts';
import { openReview } from './reviews.ts';

/**
 * What is credited once among all people: a receipt to whoever claims it first, an invitee to one inviter. Only identity
 * sees everybody, so it keeps who came first, and looks whether inviter and invitee are two. The points themselves are
 * the ledger's.
 */
export function creditKey(event: Event): string | undefined {
  const asked = event.identity;
  if (asked?.type === 'referral') return keyOf(`referral\0${asked.invitee}`);
  return asked?.type === 'claim' ? keyOf(`claim\0${asked.order}`) : undefined;
}

function keyOf(text: string): string {
  return keys.credit(hash('sha256', text, 'base64url').slice(0, 22));
}

/** The invitee's identifier, whose holder is compared with the inviter; empty where the event names none. */
export function inviteeOf({ identity }: Event): readonly string[] {
  return identity?.type === 'referral' ? [identity.invitee] : [];
}

function nameOf({ source, id }: Event): string {
  return `${source}\0${id}`;
}

/** Why the event goes no further; undefined for every other event. */
export function refuseCredit(event: Event, scope: Scope): Outcome | undefined {
  const key = creditKey(event);
  if (key === undefined) return undefined;
  const { view } = scope.context;
  const known = view.get<Credit>(key);
  if (known !== undefined && known.event !== nameOf(event))
    return refusal(event, event.identity?.type === 'claim' ? 'receipt_claimed' : 'referral_credited', scope);
  const unknown = inviteeOf(event).some((link) => holderOf(view, link) === undefined);
  return unknown ? refusal(event, 'identifier_not_found', scope) : undefined;
}

function refusal(event: Event, code: ErrorCode, { context }: Scope): Outcome {
  const [claim] = event.claims.slice(-1);
  const holder = claim && holderOf(context.view, `${claim.type}:${claim.hash}`);
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

/** Notes who came first. A referral between two who may be one is held, and somebody is asked. */
export function noteCredit(event: Event, person: Person, scope: Scope): void {
  const key = creditKey(event);
  const { view } = scope.context;
  if (key === undefined || view.get<Credit>(key) !== undefined) return;
  const [invitee] = inviteeOf(event);
  const other = invitee === undefined ? undefined : holderOf(view, invitee);
  const why = other === undefined ? undefined : inCommon(person, other, view);
  const held = why === undefined ? {} : ({ held: true } as const);
  view.put(key, { event: nameOf(event), ...held } satisfies Credit);
  const inviter = strongestOf(person, scope.policy);
  if (why === undefined || invitee === undefined || inviter === undefined || other === undefined) return;
  openReview(
    {
      kind: 'referral',
      identifiers: [inviter, invitee],
      people: [person.id, other.id],
      reason: why,
      source: event.source,
      event: event.id,
    },
    scope,
  );
}

/** The event as the ledger is to read it. */
export function withCredit(event: Event, { context }: Scope): Event {
  const { identity } = event;
  const key = creditKey(event);
  if (identity?.type !== 'referral' || key === undefined || !context.view.get<Credit>(key)?.held)
    return event;
  return { ...event, identity: { ...identity, held: true } };
}

/** What both have, or have had: one person, a phone that changed hands, a device or a card that both use. */
function inCommon(inviter: Person, invitee: Person, view: StateView): string | undefined {
  if (inviter === invitee) return 'same person';
  const theirs = new Set([...invitee.links.map(({ key }) => key), ...invitee.shared]);
  for (const [one, other, known] of [
    [inviter, invitee, theirs],
    [invitee, inviter, new Set<string>()],
  ] as const) {
    for (const key of [...one.links.map((link) => link.key), ...one.shared]) {
      const link = linkAt(view, key);
      const met = link?.seenWith.includes(other.id) || link?.past.some(({ profile }) => profile === other.id);
      if (known.has(key) || met === true) return `same ${key.slice(0, key.lastIndexOf(':'))}`;
    }
  }
  return undefined;
}

/** Somebody has looked: the inviter is credited after all, by an event of the engine's own. */
export function creditReferral({ n, identifiers }: Review, scope: Scope): Person | undefined {
  const { context } = scope;
  const [inviter, invitee] = identifiers;
  const person = holderOf(context.view, inviter);
  const facet = person?.facets.find((id) => !isClosedFacet(id) && placeAt(context.view, id) !== undefined);
  const place = facet === undefined ? undefined : placeAt(context.view, facet);
  if (person === undefined || facet === undefined || place === undefined) return undefined;
  const colon = inviter.lastIndexOf(':');
  const claim = { type: inviter.slice(0, colon), hash: inviter.slice(colon + 1), verified: true };
  const event: Event = {
    id: `referral-${n}`,
    type: 'referral_made',
    time: context.now,
    receivedAt: context.now,
    source: ENGINE_SOURCE,
    channel: 'operator',
    claims: [claim],
    facet,
    identity: { type: 'referral', invitee },
    properties: { status: 'ordered' },
  };
  context.toProfile(place.location, { type: 'event', profile: place.location, event });
  return person;
}

/** Events that no request has brought, and nobody waits for. */
export const ENGINE_SOURCE = 'engine';

function placeAt(view: StateView, facet: string): Place | undefined {
  return view.get<Place>(keys.place(facet));
}
