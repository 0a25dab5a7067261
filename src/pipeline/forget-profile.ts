import { tombstoneOf } from '../model/erasure.ts';
import type { EraseMessage } from '../model/erasure-records.ts';
import type { Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EventMessage } from '../model/record.ts';
import type { StateView } from '../model/view.ts';
import { setAlarm } from '../profile/alarm.ts';
import { emptyHeader } from '../profile/facets.ts';
import { segmentNeeds, segmentsOfErased } from './profile-segments.ts';

/**
 * Identity has erased a person: what lies under the profile goes, and a mark stays, because ingest and other places remember
 * where facets were. Whatever still comes to the mark goes back to identity, which knows what was erased until when.
 */
export function eraseNeeds({ profile }: EraseMessage, view: StateView): string[] {
  if (profile === '') return [];
  const head = keys.header(profile);
  if (!view.has(head)) return [head];
  const header = view.get<Header>(head);
  const facets = (header?.facets ?? []).map((id) => keys.facet(profile, id)).filter((key) => !view.has(key));
  return [...facets, ...segmentNeeds(view)];
}

export function foldErase(message: EraseMessage, context: FoldContext): void {
  const { erasure, profile, at, given } = message;
  if (profile === '') {
    if (given !== undefined) context.numbers?.raise(given);
    const { partition } = context;
    const numbers = context.numbers && { partition, given: context.numbers.given() };
    context.toIdentity({ type: 'forgotten', erasure, profile, firings: [], ...(numbers && { numbers }) });
    return;
  }
  const firings = forgetProfile(profile, context);
  const mark: Header = { ...emptyHeader(profile, at, 'pseudo'), erased: at };
  context.view.put(keys.header(profile), mark);
  context.toIdentity({ type: 'forgotten', erasure, profile, firings });
}

/** Answers the firings that have drawn coupons. */
function forgetProfile(profile: string, context: FoldContext): readonly string[] {
  const { view } = context;
  const header = view.get<Header>(keys.header(profile));
  if (header === undefined) return [];
  setAlarm(header, undefined, context);
  for (const item of header.waiting ?? []) view.remove(keys.waiting(item, profile));
  segmentsOfErased(header, context);
  const firings: string[] = [];
  for (const id of header.facets) {
    const facet = view.get<Facet>(keys.facet(profile, id));
    for (const day of facet?.dedupDays ?? []) view.remove(keys.dedup(day, profile, id));
    for (const { issued } of facet?.coupons?.values() ?? [])
      if (issued !== undefined) firings.push(issued.firing);
    view.remove(keys.facet(profile, id));
  }
  return firings;
}

/** Whether an event has come to where its person was before they were erased, or where a facet of theirs once was. */
export function isOfErased(header: Header | undefined, { event, returns = 0 }: Arriving): boolean {
  if (header === undefined) return false;
  if (header.erased !== undefined) return true;
  const { unknownFacets } = header;
  // Identity has sent it here more than once: it belongs here, and two facets share what is remembered of one.
  if (unknownFacets === undefined || returns > RETURNS_MAX || header.facets.includes(event.facet))
    return false;
  return unknownFacets.includes(tombstoneOf(event.facet));
}

const RETURNS_MAX = 2;

type Arriving = Pick<EventMessage, 'hops' | 'returns'> & { readonly event: Event };

export function giveBack({ event, hops = 0, returns = 0 }: Arriving, context: FoldContext): void {
  context.toIdentity({ type: 'returned', event, hops, returns });
}
