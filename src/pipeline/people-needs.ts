import type { Definitions } from '../definitions/definitions.ts';
import { deliverNeeds, deliveryNeeds, outgoingNeeds } from '../messages/deliveries.ts';
import type { Event } from '../model/event.ts';
import { keys, UNATTRIBUTED } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { DrawnMessage, LogRecord, MessageBody } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { transferNeeds } from '../profile/absorb.ts';
import { dueNeeds, isDue, wakeNeeds } from '../profile/alarm.ts';
import { isSizeDue } from '../profile/bound-size.ts';
import { dedupNeeds } from '../profile/dedup.ts';
import { statesNeeds } from '../profile/fill.ts';
import { crowdedNeeds, isCrowded } from '../profile/fold-facets.ts';
import { moveNeeds } from '../profile/moves.ts';
import { keyOfMoment, momentNeeds } from './catalog-stage.ts';
import { forgetNeeds } from './forget-mentions.ts';
import { eraseNeeds } from './forget-profile.ts';
import { daysAfter } from './profile-days.ts';
import { concernsPoints } from './profile-loyalty.ts';
import { concernsSegments, segmentNeeds } from './profile-segments.ts';
import { issuedCoupon } from './send-firings.ts';
import type { WaitingFiring } from './waiting-firings.ts';

export interface NeedsInput {
  readonly view: StateView;
  readonly now: EpochMs;
  readonly definitions: Definitions;
}

/** Entries that folding a record in the people stage will read and that are not in memory; asked until it answers none. */
export function peopleNeeds(record: LogRecord, input: NeedsInput): string[] {
  const { view, now, definitions } = input;
  switch (record.kind) {
    case 'routed':
      return eventNeeds(record, input);
    case 'message':
      return messageNeeds(record.body, input);
    case 'wake':
      return [
        ...wakeNeeds(record, view, now),
        ...segmentNeeds(view),
        ...outgoingNeeds(view, definitions.outgoing),
      ];
    case 'moment':
      return momentNeeds(record.key, view);
    case 'delivery':
      return deliveryNeeds(record, view);
    case 'items':
      return [...waitingNeeds(record.firing, view), ...outgoingNeeds(view, definitions.outgoing)];
    case 'forget':
      return forgetNeeds(record, view);
    default:
      return [];
  }
}

function messageNeeds(body: MessageBody, input: NeedsInput): string[] {
  switch (body.type) {
    case 'event':
      return eventNeeds(body, input);
    case 'move':
      return [...moveNeeds(body, input.view), ...placeNeeds(body.from, input)];
    case 'transfer':
      return [...transferNeeds(body, input.view), ...placeNeeds(body.to, input)];
    case 'states':
      return statesNeeds(body, input.view);
    case 'drawn':
      return drawnNeeds(body, input);
    case 'moment':
      return momentNeeds(keyOfMoment(body), input.view);
    case 'deliver':
      return deliverNeeds(body, input.view);
    case 'erase':
      return eraseNeeds(body, input.view);
    case 'confirm':
    case 'seen':
    case 'draw':
    case 'referral_due':
    case 'catalog':
    case 'in_force':
    case 'forgotten':
    case 'returned':
    case 'erased':
      return [];
  }
}

/** What the place of a move does first, where something is due by then. */
function placeNeeds(profile: string, { view, now, definitions }: NeedsInput): string[] {
  return [
    ...dueNeeds(profile, view, now),
    ...segmentNeeds(view),
    ...outgoingNeeds(view, definitions.outgoing),
  ];
}

function eventNeeds(
  routed: { profile: string; event: Event },
  { view, now, definitions }: NeedsInput,
): string[] {
  const { profile, event } = routed;
  const head = keys.header(profile);
  const facetKey = keys.facet(profile, event.facet);
  const facet = view.get<Facet>(facetKey);
  if (facet === undefined || !view.has(head)) {
    const absent = [head, facetKey].filter((key) => !view.has(key));
    if (absent.length > 0) return absent;
  }
  const header = view.get<Header>(head);
  const person = profile !== UNATTRIBUTED;
  const looked = person && (isDue(header, now) || concernsSegments(event, header, definitions));
  const interested =
    looked ||
    (person &&
      (definitions.triggers.interested(event.type) ||
        daysAfter(event, header, definitions).length > 0 ||
        concernsPoints(event, definitions)));
  const crowded =
    header !== undefined && (isCrowded(header, event.facet) || isSizeDue(header, { facet, event }));
  if (facet === undefined && !crowded && !interested) return NOTHING;
  const wanted = facet === undefined ? [] : dedupNeeds(profile, facet, now);
  if (crowded) wanted.push(...crowdedNeeds(header));
  if (interested) {
    if (looked) wanted.push(...segmentNeeds(view));
    wanted.push(...outgoingNeeds(view, definitions.outgoing));
    // Conditions may read features of the whole profile.
    for (const id of header?.facets ?? []) {
      if (id !== event.facet) wanted.push(keys.facet(profile, id));
    }
  }
  for (const key of wanted) if (!view.has(key)) return wanted.filter((each) => !view.has(each));
  return NOTHING;
}

/** One array for every record that needs nothing, which is nearly every record. */
const NOTHING: string[] = [];

/** The firing that waits in this partition, and what brings the coupon to its profile, wherever that is by now. */
function drawnNeeds(body: DrawnMessage, input: NeedsInput): string[] {
  const event = issuedCoupon(body, input.now);
  return [
    ...waitingNeeds(body.firing, input.view),
    ...outgoingNeeds(input.view, input.definitions.outgoing),
    ...(event === undefined ? [] : eventNeeds({ profile: body.profile, event }, input)),
  ];
}

/** The firing that waits in this partition, and whether there is still somebody for whom it does. */
function waitingNeeds(firing: string, view: StateView): string[] {
  const key = keys.drawing(firing);
  if (!view.has(key)) return [key];
  const waiting = view.get<WaitingFiring>(key);
  const head = waiting && keys.header(waiting.firing.profile_id);
  return head === undefined || view.has(head) ? [] : [head];
}
