import type { Event } from '../../src/model/event.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { dateIn, datePlus, momentIn } from './naive-local-time.ts';
import { byWhen, causeOf, onOf, type Seen } from './naive-trigger-forms.ts';
import type { NaiveMoment } from './naive-trigger-moment.ts';
import { matches } from './naive-trigger-patterns.ts';

/** A day of the calendar at its hour, in the customer's zone. */
export interface NaiveDay {
  readonly date: string;
  readonly at: number;
  readonly cause: string;
  /** When the log first said so. */
  readonly knownAt: number;
  /** What it is counted from, where that is an event. */
  readonly event?: Event;
}

interface Dated {
  readonly event?: Event;
  readonly date: string;
  readonly cause: string;
  readonly knownAt: number;
}

/** All days of a calendar trigger from two years before to two years after the moment. */
export function naiveDays(
  trigger: TriggerDefinition,
  seen: readonly Seen[],
  { moment, zone }: { readonly moment: NaiveMoment; readonly zone: string },
): readonly NaiveDay[] {
  const { calendar = {}, at = '10:00' } = onOf(trigger);
  const shift = (calendar.days_after ?? 0) - (calendar.days_before ?? 0) + (calendar.days ?? 0);
  return datesOf(calendar, seen, { moment, zone }).map(({ date, ...known }) => {
    const shifted = datePlus(date, shift);
    return { ...known, date: shifted, at: momentIn(zone, shifted, at) };
  });
}

function datesOf(
  { birthday, date, since }: NonNullable<ReturnType<typeof onOf>['calendar']>,
  seen: readonly Seen[],
  { moment, zone }: { readonly moment: NaiveMoment; readonly zone: string },
): readonly Dated[] {
  if (since !== undefined) {
    const last = seen
      .filter(({ event }) => matches(since, event))
      .sort(byWhen)
      .at(-1);
    if (last === undefined) return [];
    return [
      {
        date: dateIn(zone, last.event.time),
        cause: causeOf(last),
        knownAt: last.appendedAt,
        event: last.event,
      },
    ];
  }
  if (birthday === true) {
    const said = moment.said('birthday') ?? moment.said('birth_date');
    return said === undefined ? [] : birthdays(String(said.value), said, moment.now);
  }
  const said = date !== undefined && 'trait' in date ? moment.said(date.trait) : undefined;
  if (said === undefined || !/^\d{4}-\d\d-\d\d$/.test(String(said.value))) return [];
  return [{ date: String(said.value), cause: said.cause, knownAt: said.knownAt }];
}

function birthdays(
  text: string,
  { cause, knownAt }: Pick<Dated, 'cause' | 'knownAt'>,
  now: number,
): readonly Dated[] {
  const [, month, day] = /^(?:\d{4}-)?(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (month === undefined || day === undefined) return [];
  const year = new Date(now).getUTCFullYear();
  return [-2, -1, 0, 1, 2].map((ahead) => {
    const date = `${year + ahead}-${month}-${day}`;
    const exists = new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) === date;
    return { date: exists ? date : `${year + ahead}-02-28`, cause, knownAt };
  });
}
