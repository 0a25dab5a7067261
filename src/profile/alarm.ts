import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Header } from '../model/profile.ts';
import { LOOK_ANEW, type WakeRecord } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';

/*
 * A profile has one alarm: the next moment at which time alone may change something about it, whatever that is. It
 * stands in the header, and as an entry that sorts by time, so that what is due is found without looking at profiles.
 * Whatever reaches the profile first, the wake record of the alarm or another one, does what is due.
 */

/** Sets the alarm to `at`, or takes it away; the one before it goes. */
export function setAlarm(header: Header, at: EpochMs | undefined, { view }: FoldContext): void {
  if (header.alarmAt === at) return;
  if (header.alarmAt !== undefined) view.remove(keys.alarm(header.alarmAt, header.id));
  if (at === undefined) delete header.alarmAt;
  else {
    header.alarmAt = at;
    view.put(keys.alarm(at, header.id), {});
  }
  view.put(keys.header(header.id), header);
}

/** Segments or points want to be looked at then: the earlier one of what was said before and this one. */
export function alarmBy(header: Header, at: EpochMs | undefined, context: FoldContext): void {
  if (at === undefined || (header.looksAt !== undefined && header.looksAt <= at)) return;
  header.looksAt = at;
  if (header.alarmAt === undefined || at < header.alarmAt) setAlarm(header, at, context);
  else context.view.put(keys.header(header.id), header);
}

/** Sets the alarm to the first of what is looked at and of what else the profile waits for. */
export function settleAlarm(header: Header, others: EpochMs | undefined, context: FoldContext): void {
  const { looksAt } = header;
  const first = looksAt === undefined || (others !== undefined && others < looksAt) ? others : looksAt;
  setAlarm(header, first, context);
}

/** Whether something is due that time does to the profile. */
export function isDue(header: Header | undefined, now: EpochMs): header is Header & { alarmAt: EpochMs } {
  return header?.alarmAt !== undefined && dueAt(header.alarmAt, header) <= now;
}

/** A snapshot is due when its day has ended, though nobody may be woken for it before some hours later. */
export function dueAt(alarmAt: EpochMs, { snapshotAt }: Header): EpochMs {
  return snapshotAt === undefined || snapshotAt > alarmAt ? alarmAt : snapshotAt;
}

/** All facets of a profile about which something is due; nothing otherwise. Its header must be there. */
export function dueNeeds(profile: string, view: StateView, now: EpochMs): string[] {
  const header = view.get<Header>(keys.header(profile));
  return isDue(header, now) ? facetNeeds(header, view) : [];
}

/** The header, then all facets of who wakes; nothing where the record is about nobody in particular. */
export function wakeNeeds({ profile, at, moment }: WakeRecord, view: StateView, now: EpochMs): string[] {
  if (profile === '') return [];
  const head = keys.header(profile);
  if (!view.has(head)) return [head];
  if (at !== LOOK_ANEW && moment === undefined) return dueNeeds(profile, view, now);
  const header = view.get<Header>(head);
  return header === undefined ? [] : facetNeeds(header, view);
}

function facetNeeds({ id: profile, facets }: Header, view: StateView): string[] {
  return facets.map((id) => keys.facet(profile, id)).filter((key) => !view.has(key));
}

/** Takes the entry of an alarm away that does not stand any more; normally there is none, and one that stayed would wake for ever. */
export function dropStaleAlarm({ profile, at }: WakeRecord, { view }: FoldContext): void {
  const header = view.get<Header>(keys.header(profile));
  if (header?.alarmAt !== at) view.remove(keys.alarm(at, profile));
}
