import { ENGINE_SOURCE, type Event, type ReferralNote } from '../model/event.ts';
import { isClosedFacet } from '../model/facet-id.ts';
import type { Credit, Person, Place, Review } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { ReferralDueMessage } from '../model/record.ts';
import type { StateView } from '../model/view.ts';
import { creditKey, nameOf, pairOfReferral, referralKey } from './credits.ts';
import { holderOf, linkAt, type Scope, strongestOf } from './people.ts';
import { openReview } from './reviews.ts';

/**
 * Who invited whom. Whether the points have been earned is for the invitee's own orders to say, which only the ledger of
 * the invitee sees, and only time shows that nothing was sent back. So a referral goes three ways:
 *
 *   the inviter's event ─▶ identity notes the two ─▶ the invitee's ledger waits for an order that stands
 *   the invitee's ledger ─▶ "due" ─▶ identity compares the two, once more than ever is known of them
 *   nothing in common ─▶ the inviter's ledger; otherwise somebody is asked first
 */
export function noteReferral(event: Event, inviter: Person, scope: Scope): void {
  const { view } = scope.context;
  const asked = event.identity;
  const key = creditKey(event);
  if (asked?.type !== 'referral' || key === undefined || view.get<Credit>(key) !== undefined) return;
  const invitee = holderOf(view, asked.invitee);
  const strongest = strongestOf(inviter, scope.policy);
  // Whoever is not known yet may be reported again once they have ordered.
  if (invitee === undefined || strongest === undefined) return;
  const referral = { inviter: strongest, invitee: asked.invitee, status: 'waiting' } as const;
  view.put(key, { event: nameOf(event), referral } satisfies Credit);
  const note = { step: 'accepted', invitee: asked.invitee } as const;
  tell(invitee, { id: `accepted-${key}`, type: 'referral_accepted', time: event.time, note }, scope);
}

/** The invitee's order has stood its return window. Answered once, however often it is said. */
export function foldReferralDue({ invitee }: ReferralDueMessage, scope: Scope): void {
  const { view } = scope.context;
  const key = referralKey(invitee);
  const credit = view.get<Credit>(key);
  const { referral } = credit ?? {};
  if (credit === undefined || referral?.status !== 'waiting') return;
  const pair = pairOfReferral(referral, view);
  if (pair === undefined) return;
  const why = inCommon(pair, view);
  if (why === undefined) {
    creditReferral(referral, scope);
    return;
  }
  view.put(key, { ...credit, referral: { ...referral, status: 'held' } } satisfies Credit);
  const [source = '', event = ''] = credit.event.split('\0');
  const identifiers = [referral.inviter, referral.invitee] as const;
  const people = [pair[0].id, pair[1].id] as const;
  openReview({ kind: 'referral', identifiers, people, reason: why, source, event }, scope);
}

/** What both have, or have had: one person, a phone that changed hands, a device or a card that both use. */
function inCommon([inviter, invitee]: readonly [Person, Person], view: StateView): string | undefined {
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

/** Somebody has looked at what the two have in common. Answers the inviter, where there is one to be credited. */
export function decideOnReferral(
  { identifiers: [inviter, invitee] }: Review,
  decision: 'approve' | 'reject',
  scope: Scope,
): Person | undefined {
  if (decision === 'approve') return creditReferral({ inviter, invitee }, scope);
  settle(invitee, 'rejected', scope);
  return undefined;
}

/** Credits the inviter, by an event of the engine's own. */
function creditReferral(
  { inviter, invitee }: { readonly inviter: string; readonly invitee: string },
  scope: Scope,
): Person | undefined {
  const person = holderOf(scope.context.view, inviter);
  const note = { step: 'credited', invitee } as const;
  const id = `credited-${referralKey(invitee)}`;
  const told =
    person !== undefined &&
    tell(person, { id, type: 'referral_credited', time: scope.context.now, note }, scope);
  if (!told) return undefined;
  settle(invitee, 'credited', scope);
  return person;
}

function settle(invitee: string, status: 'credited' | 'rejected', { context: { view } }: Scope): void {
  const key = referralKey(invitee);
  const credit = view.get<Credit>(key);
  if (credit?.referral !== undefined)
    view.put(key, { ...credit, referral: { ...credit.referral, status } } satisfies Credit);
}

interface Telling extends Pick<Event, 'id' | 'type' | 'time'> {
  readonly note: ReferralNote;
}

/** Sends the event to the person's ledger; false where no facet can take it. */
function tell(person: Person, { note, ...named }: Telling, { context, policy }: Scope): boolean {
  const { view, now } = context;
  const key = note.step === 'accepted' ? note.invitee : strongestOf(person, policy);
  const facet = facetFor(person, key, view);
  const place = facet === undefined ? undefined : placeAt(view, facet);
  if (key === undefined || facet === undefined || place === undefined) return false;
  const colon = key.lastIndexOf(':');
  const event: Event = {
    ...named,
    receivedAt: now,
    source: ENGINE_SOURCE,
    channel: 'engine',
    claims: [{ type: key.slice(0, colon), hash: key.slice(colon + 1), verified: true }],
    facet,
    referral: note,
    properties: {},
  };
  context.toProfile(place.location, { type: 'event', profile: place.location, event });
  return true;
}

/** One that goes with the identifier when people are taken apart, where there is one. */
function facetFor(person: Person, key: string | undefined, view: StateView): string | undefined {
  const open = person.facets.filter((id) => !isClosedFacet(id) && placeAt(view, id) !== undefined);
  const named = open.filter((id) => key !== undefined && placeAt(view, id)?.names.includes(key));
  return named.find((id) => placeAt(view, id)?.names.length === 1) ?? named[0] ?? open[0];
}

function placeAt(view: StateView, facet: string): Place | undefined {
  return view.get<Place>(keys.place(facet));
}
