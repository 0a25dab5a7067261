import type { Definitions } from './definitions.ts';
import type { Event } from './model/event.ts';
import type { FoldContext } from './model/fold.ts';
import { keys } from './model/keys.ts';
import type { Facet, Header } from './model/profile.ts';
import { LOOK_ANEW, type WakeRecord } from './model/record.ts';
import type { Firing } from './model/trigger.ts';
import type { StateView } from './model/view.ts';
import { alarmBy, takeAlarm } from './profile/alarm.ts';
import { readKind } from './profile/kind.ts';
import { pointsOnWake } from './profile-loyalty.ts';
import { momentOf } from './profile-moment.ts';
import {
  concernsSegments,
  everybodyLooked,
  forgetLook,
  segmentsAfterEvent,
  segmentsOfForwarded,
  segmentsOnWake,
} from './profile-segments.ts';
import { decide } from './triggers/decide.ts';

/*
 * What is said of a profile as a whole: after an event has reached it, when its alarm is due, when its facets are others
 * than before, and when definitions are. All of its facets are loaded.
 */

/** Facets came or went: what is said of the whole profile may be another thing now, and a wake record loads all of it. */
export function lookAnew(profile: string, context: FoldContext, definitions: Definitions): void {
  const header = context.view.get<Header>(keys.header(profile));
  if (header === undefined) return;
  if (header.forward !== undefined) segmentsOfForwarded(header, context);
  else if (definitions.wakes) {
    forgetLook(header);
    alarmBy(header, context.now, context);
  }
}

/** Time alone may have changed something about a profile, or its facets are others than before. */
export function wake(record: WakeRecord, context: FoldContext, definitions: Definitions): void {
  if (record.at === LOOK_ANEW) {
    lookForDefinitions(record, context, definitions);
    return;
  }
  const header = takeAlarm(record, context);
  if (header === undefined || header.forward !== undefined) return;
  const facets = facetsOf(header, context.view);
  pointsOnWake({ header, facets }, definitions, context);
  segmentsOnWake({ header, facets, definitions }, context);
}

function lookForDefinitions({ profile }: WakeRecord, context: FoldContext, definitions: Definitions): void {
  if (profile === '') {
    everybodyLooked(definitions, context);
    return;
  }
  const header = context.view.get<Header>(keys.header(profile));
  if (header === undefined || header.forward !== undefined || header.kind === 'pseudo') return;
  if (header.segmentsUnder === definitions.segments.version) return;
  segmentsOnWake({ header, facets: facetsOf(header, context.view), definitions }, context);
}

export function facetsOf(header: Header, view: StateView): readonly Facet[] {
  const facets: Facet[] = [];
  for (const id of header.facets) {
    const facet = view.get<Facet>(keys.facet(header.id, id));
    if (facet !== undefined) facets.push(facet);
  }
  return facets;
}

const NONE: readonly Firing[] = [];

/** Segments first: what triggers ask of them is as the event has left it. */
export function lookAndDecide(
  { header, event }: { header: Header; event: Event },
  context: FoldContext,
  definitions: Definitions,
): readonly Firing[] {
  const looks = concernsSegments(event, header, definitions);
  const decides = definitions.triggers.interested(event.type);
  if (!looks && !decides) return NONE;
  const facets = facetsOf(header, context.view);
  if (looks) segmentsAfterEvent({ header, facets, definitions }, event, context);
  if (!decides) return NONE;
  const { segments: members } = header;
  const lookup = momentOf({ facets, now: context.now, definitions, ...(members && { members }) });
  return decide(definitions.triggers, {
    header,
    event,
    kind: readKind(facets, definitions.identity.isListed),
    lookup,
    context,
  });
}
