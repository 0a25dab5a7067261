import type { ProfileLookup } from '../conditions/condition.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import { LOOK_ANEW, type WakeRecord } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { CatalogMoment, Firing } from '../model/trigger.ts';
import type { StateView } from '../model/view.ts';
import { alarmBy, dropStaleAlarm, dueAt, isDue, settleAlarm } from '../profile/alarm.ts';
import { readKind } from '../profile/kind.ts';
import { callOff } from '../triggers/call-off.ts';
import type { Candidate } from '../triggers/candidate.ts';
import { forgetGone } from '../triggers/carry-memory.ts';
import type { CompiledTrigger } from '../triggers/compile.ts';
import { decideAll } from '../triggers/decide-all.ts';
import { candidateOfDeferred, dropDeferred, nextRelease, releasesDue } from '../triggers/deferred.ts';
import { soonestPending, takePending } from '../triggers/due.ts';
import { observe } from '../triggers/observe.ts';
import { candidatesOfMoment } from '../triggers/patterns/catalog.ts';
import { candidatesOfTurns } from '../triggers/patterns/crossing.ts';
import { daysAfter, forgetDays, isUnplanned, type Planning, planDays } from './profile-days.ts';
import { pointsOnWake } from './profile-loyalty.ts';
import { momentOf } from './profile-moment.ts';
import {
  concernsSegments,
  everybodyLooked,
  forgetLook,
  type Look,
  segmentsAfterEvent,
  segmentsOfForwarded,
  segmentsOnWake,
} from './profile-segments.ts';
import { openSnapshot, snapshotWakesAt, takeSnapshot } from './profile-snapshots.ts';
import { sendFirings } from './send-firings.ts';
import { settleWaiting } from './waiting-profiles.ts';

/*
 * What is said of a profile as a whole: after an event has reached it, when its alarm is due, when its facets are others
 * than before, and when definitions are. All of its facets are loaded.
 */

/** Facets came or went: what is said of the whole profile may be another thing now, and a wake record loads all of it. */
export function lookAnew(profile: string, context: FoldContext, definitions: Definitions): void {
  const header = context.view.get<Header>(keys.header(profile));
  if (header === undefined) return;
  settleWaiting(header, definitions.triggers, context);
  if (header.forward !== undefined) {
    segmentsOfForwarded(header, context);
    return;
  }
  openSnapshot(header, context, definitions);
  if (definitions.wakes) {
    forgetLook(header);
    forgetDays(header);
    alarmBy(header, context.now, context);
  }
  // What triggers wait for may have come or gone with the facets.
  settleAlarm(header, othersAt(header), context);
}

/** Time alone may have changed something about a profile, or its facets are others than before. */
export function wake(record: WakeRecord, context: FoldContext, definitions: Definitions): void {
  if (record.at === LOOK_ANEW && record.moment === undefined) {
    lookForDefinitions(record, context, definitions);
    return;
  }
  const header = context.view.get<Header>(keys.header(record.profile));
  catchUp(header, context, definitions);
  if (record.moment === undefined) dropStaleAlarm(record, context);
  else if (header !== undefined) takeMoment(header, record.moment, { context, definitions });
}

/** Something that the profile may be waiting for has happened in the catalog. */
function takeMoment(header: Header, moment: CatalogMoment, { context, definitions }: Shell): void {
  const { view, now } = context;
  if (header.forward !== undefined) return;
  const { triggers } = definitions;
  const candidates = candidatesOfMoment(header, moment, { byMoment: triggers.byMoment, at: now });
  const facets = facetsOf(header, view);
  const decisions = decideOf([], candidates, { header, facets, now, definitions });
  view.put(keys.header(header.id), header);
  settleWaiting(header, triggers, context);
  sendDecisions(decisions, header, { context, definitions });
  settleAlarm(header, othersAt(header), context);
}

function lookForDefinitions(
  { profile, under }: WakeRecord,
  context: FoldContext,
  definitions: Definitions,
): void {
  if (profile === '') {
    // What came into force while they were being woken has yet to be walked for.
    if ((under ?? definitions.lookVersion) === definitions.lookVersion) everybodyLooked(definitions, context);
    return;
  }
  const header = context.view.get<Header>(keys.header(profile));
  if (header === undefined || header.forward !== undefined || header.kind === 'pseudo') return;
  const { segments } = definitions;
  const unplanned = isUnplanned(header, definitions);
  if (header.segmentsUnder === segments.version && !unplanned) return;
  catchUp(header, context, definitions);
  const { view, now } = context;
  const facets = facetsOf(header, view);
  if (header.segmentsUnder !== segments.version) {
    const { turns } = segmentsOnWake({ header, facets, definitions }, context);
    if (turns.length > 0) openSnapshot(header, context, definitions);
  }
  if (isUnplanned(header, definitions)) {
    planDays(definitions.days.all, planningOf({ header, facets, now, definitions }));
    view.put(keys.header(header.id), header);
  }
  settleAlarm(header, othersAt(header), context);
}

/**
 * Does what time has done to a profile since it was last looked at, one moment after the other, as if each had been brought to
 * the log in time: so what is decided does not depend on when wake records come. Called before anything else is applied to it.
 */
export function catchUp(header: Header | undefined, context: FoldContext, definitions: Definitions): void {
  // What lies beyond the bound is done as of now; should anything still be due, its alarm stands.
  for (let moments = 0; moments <= limits.catchUpMomentsMax && isDue(header, context.now); moments++) {
    const due = moments < limits.catchUpMomentsMax ? dueAt(header.alarmAt, header) : context.now;
    if (header.forward === undefined) passMoment(header, due, { context, definitions });
    settleAlarm(header, header.forward === undefined ? othersAt(header) : undefined, context);
  }
}

interface Shell {
  readonly context: FoldContext;
  readonly definitions: Definitions;
}

/** What is due at a moment: points and segments first, then what triggers ask of them. */
function passMoment(header: Header, due: EpochMs, { context, definitions }: Shell): void {
  const { view, now } = context;
  const at = now - due <= limits.wakeToleranceMs ? due : now;
  const then: FoldContext = due === now ? context : { ...context, now: due };
  const facets = facetsOf(header, view);
  const candidates: Candidate[] = [];
  // The day that has ended is written down before anything changes that is due at its very end.
  const ended = takeSnapshot({ header, facets, due }, context, definitions);
  if (isLookDue(header, due, ended)) {
    delete header.looksAt;
    const told = pointsOnWake({ header, facets }, definitions, then);
    const look = segmentsOnWake({ header, facets, definitions, told: at }, then);
    candidates.push(...turned(look, { header, at, due }, definitions));
    if (told || look.turns.length > 0) openSnapshot(header, then, definitions);
  }
  forgetGone(header, definitions.triggers);
  candidates.push(...takePending(header, definitions.triggers, { due, at }));
  const gone: Firing[] = [];
  for (const deferred of releasesDue(header, due)) {
    const candidate = candidateOfDeferred(deferred, definitions.triggers, at);
    if (candidate !== undefined) candidates.push(candidate);
    else {
      const reason = definitions.triggers.off.has(deferred.trigger) ? 'trigger_off' : 'trigger_gone';
      gone.push(dropDeferred(deferred, header, { reason, at }));
    }
  }
  const moment: Decided = { header, facets, now: due, definitions };
  const decisions = decideOf(gone, candidates, moment);
  const done = candidates.map(({ trigger }) => trigger).filter(({ pattern }) => pattern.kind === 'calendar');
  const replanned = isUnplanned(header, definitions) ? definitions.days.all : done;
  if (replanned.length > 0) planDays(replanned, planningOf(moment));
  view.put(keys.header(header.id), header);
  sendDecisions(decisions, header, { context, definitions });
}

/** Alarms from before triggers waited for anything stand for a look. */
function isLookDue(header: Header, due: EpochMs, ended: boolean): boolean {
  if (header.looksAt !== undefined) return header.looksAt <= due;
  return !ended && (othersAt(header) ?? Number.POSITIVE_INFINITY) > due;
}

/** When the first of what triggers, decisions and the snapshot of the day wait for is due. */
function othersAt(header: Header): EpochMs | undefined {
  const never = Number.POSITIVE_INFINITY;
  const waiting = Math.min(soonestPending(header) ?? never, nextRelease(header) ?? never);
  const first = Math.min(waiting, snapshotWakesAt(header));
  return first === never ? undefined : first;
}

export function facetsOf(header: Header, view: StateView): readonly Facet[] {
  const facets: Facet[] = [];
  for (const id of header.facets) {
    const facet = view.get<Facet>(keys.facet(header.id, id));
    if (facet !== undefined) facets.push(facet);
  }
  return facets;
}

/** What was decided about one record or due moment, and what a message may say of it. */
export interface Decisions {
  readonly firings: readonly Firing[];
  /** The completing events, by ids of firings. */
  readonly events: ReadonlyMap<string, Event>;
  readonly lookup: ProfileLookup;
}

const NONE: readonly Firing[] = Object.freeze([]);
const NO_TRIGGERS: readonly CompiledTrigger[] = Object.freeze([]);

/** Segments first: what triggers ask of them is as the event has left it. */
export function lookAndDecide(
  { header, event }: { header: Header; event: Event },
  context: FoldContext,
  definitions: Definitions,
): Decisions | undefined {
  const looks = concernsSegments(event, header, definitions);
  const relevant = definitions.triggers.byType.get(event.type) ?? NO_TRIGGERS;
  const days = daysAfter(event, header, definitions);
  if (!looks && relevant.length === 0 && days.length === 0) return undefined;
  const { view, now } = context;
  const { looksAt } = header;
  const facets = facetsOf(header, view);
  const candidates: Candidate[] = [];
  if (looks) {
    const look = segmentsAfterEvent({ header, facets, definitions }, event, context);
    candidates.push(...turned(look, { header, at: now, due: now, event }, definitions));
  }
  const { changed, cancellations, candidates: seen } = observe(relevant, { header, event, now });
  candidates.push(...seen);
  const called = cancellations.length === 0 ? NONE : callOff(cancellations, header, now);
  const moment: Decided = { header, facets, now, definitions };
  const decisions = decideOf(called, candidates, moment);
  const planned = days.length > 0 && planDays(days, { ...planningOf(moment), event });
  const touched = changed || planned || decisions !== undefined;
  if (touched) view.put(keys.header(header.id), header);
  if (changed) settleWaiting(header, definitions.triggers, context);
  if (touched || looksAt !== header.looksAt) settleAlarm(header, othersAt(header), context);
  return decisions;
}

function turned(
  { turns, cause: why }: Look,
  turning: { readonly header: Header; readonly at: EpochMs; readonly due: EpochMs; readonly event?: Event },
  { triggers }: Definitions,
): readonly Candidate[] {
  const { header, ...moment } = turning;
  return candidatesOfTurns(turns, triggers, { profile: header.id, ...moment, why });
}

interface Decided {
  readonly header: Header;
  readonly facets: readonly Facet[];
  /** Features and conditions are those of this moment. */
  readonly now: EpochMs;
  readonly definitions: Definitions;
}

function lookupOf({ header, facets, now, definitions }: Decided): ProfileLookup {
  const { segments: members } = header;
  return momentOf({ facets, now, definitions, ...(members && { members }) });
}

function planningOf(moment: Decided): Planning {
  return { ...moment, lookup: lookupOf(moment) };
}

/** Undefined where there is nothing to decide and nothing was called off. */
function decideOf(
  called: readonly Firing[],
  candidates: readonly Candidate[],
  moment: Decided,
): Decisions | undefined {
  if (candidates.length === 0 && called.length === 0) return undefined;
  const { header, facets, definitions } = moment;
  const { messaging, reach, identity } = definitions;
  const lookup = lookupOf(moment);
  const kind = readKind(facets, identity.isListed);
  const decided = decideAll(candidates, { header, kind, lookup, messaging, reach });
  const events = new Map<string, Event>();
  for (const { id, event } of candidates) if (event !== undefined) events.set(id, event);
  return { firings: [...called, ...decided], events, lookup };
}

/** To whoever is to know of them; answers them as they go out. */
export function sendDecisions(
  decisions: Decisions | undefined,
  header: Header,
  { context, definitions }: Shell,
): readonly Firing[] {
  if (decisions === undefined) return NONE;
  const { firings, events, lookup } = decisions;
  return firings.flatMap((firing) =>
    sendFirings([firing], { header, event: events.get(firing.id), lookup }, { context, definitions }),
  );
}
