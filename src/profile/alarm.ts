import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Header } from '../model/profile.ts';
import type { WakeRecord } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';

/*
 * A profile has one alarm: the next moment at which time alone may change something about it, whatever that is. It
 * stands in the header, and as an entry that sorts by time, so that what is due is found without looking at profiles.
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

/** The earlier one of the alarm that is set and this one. */
export function alarmBy(header: Header, at: EpochMs | undefined, context: FoldContext): void {
  if (at !== undefined && (header.alarmAt === undefined || at < header.alarmAt))
    setAlarm(header, at, context);
}

/** The header, then all facets of who wakes; nothing where the record is about nobody in particular. */
export function wakeNeeds({ profile }: WakeRecord, view: StateView): string[] {
  if (profile === '') return [];
  const head = keys.header(profile);
  if (!view.has(head)) return [head];
  const facets = view.get<Header>(head)?.facets ?? [];
  return facets.map((id) => keys.facet(profile, id)).filter((key) => !view.has(key));
}

/** Takes the alarm of the record away; undefined where it does not stand, or another log's clock was ahead. */
export function takeAlarm({ profile, at }: WakeRecord, context: FoldContext): Header | undefined {
  const { view, now } = context;
  const header = view.get<Header>(keys.header(profile));
  if (header?.alarmAt === at) {
    if (at > now) return undefined;
    setAlarm(header, undefined, context);
    return header;
  }
  // Nobody stands for this entry, which would wake for ever; normally there is none.
  view.remove(keys.alarm(at, profile));
  return undefined;
}
