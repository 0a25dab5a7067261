import { TesseraError } from '../errors.ts';
import { isJsonObject } from '../model/json.ts';
import { type LocalMoment, parseTimeOfDay, WEEKDAYS } from '../model/local-time.ts';
import { MINUTE_MS } from '../model/time.ts';

/** The trait that says where a customer's clock is: an IANA name. */
export const ZONE_TRAIT = 'timezone';

/** Terms over the customer's clock: `{ time_of_day: { from: "09:00", to: "18:00" } }` and so on. */
export const CLOCK_TERMS = ['time_of_day', 'weekday', 'local_date'] as const;
export type ClockTerm = (typeof CLOCK_TERMS)[number];

export type ClockTest = (moment: LocalMoment) => boolean;

export function isClockTerm(key: string): key is ClockTerm {
  return CLOCK_TERMS.some((term) => term === key);
}

/** Fails with `invalid_definition` and the place. */
export function compileClock(term: ClockTerm, operators: unknown, path: string): ClockTest {
  if (!isJsonObject(operators) || Object.keys(operators).length === 0)
    refuse(path, 'must be an object of operators, such as { from: … }');
  if (term === 'weekday') return compileWeekday(operators, path);
  const known = Object.keys(operators).find((name) => name !== 'from' && name !== 'to');
  if (known !== undefined) refuse(`${path}/${known}`, 'is not an operator here; there are from, to');
  return term === 'time_of_day' ? compileTimeOfDay(operators, path) : compileDate(operators, path);
}

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

type Operators = Readonly<Record<string, unknown>>;

/** From the first minute until before the last one; where the first comes later it spans midnight. */
function compileTimeOfDay(operators: Operators, path: string): ClockTest {
  const from = minutesOf(operators.from ?? '00:00', `${path}/from`);
  const to = operators.to === undefined ? MINUTES_PER_DAY : minutesOf(operators.to, `${path}/to`);
  if (from === to) refuse(path, 'from and to must be two different times');
  if (from < to) return ({ minutes }) => minutes >= from && minutes < to;
  return ({ minutes }) => minutes >= from || minutes < to;
}

const MINUTES_PER_DAY = 24 * 60;

function minutesOf(text: unknown, path: string): number {
  const ms = typeof text === 'string' ? parseTimeOfDay(text) : undefined;
  if (ms === undefined) refuse(path, 'must be a time of day such as "09:00"');
  return ms / MINUTE_MS;
}

function compileWeekday(operators: Operators, path: string): ClockTest {
  const { equals, in: list, ...others } = operators;
  const [other] = Object.keys(others);
  if (other !== undefined) refuse(`${path}/${other}`, 'is not an operator here; there are equals, in');
  const days: unknown = list ?? [equals];
  if (!Array.isArray(days) || days.length === 0 || !days.every((day) => WEEKDAYS.includes(day)))
    refuse(path, `must name days: ${WEEKDAYS.join(', ')}`);
  const wanted = new Set<unknown>(days);
  return ({ weekday }) => wanted.has(weekday);
}

const DATE = /^(?:\d{4}-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const MONTH_AND_DAY = 'MM-DD'.length;

/** Both days belong to it. Days without a year come every year; where the first comes later they span the new year. */
function compileDate(operators: Operators, path: string): ClockTest {
  const { from, to } = operators;
  for (const [name, day] of Object.entries(operators))
    if (typeof day !== 'string' || !DATE.test(day))
      refuse(`${path}/${name}`, 'must be a day such as "2026-11-11", or "11-11" for every year');
  const first = from === undefined ? '' : String(from);
  const last = to === undefined ? '\uffff' : String(to);
  if (first.length === MONTH_AND_DAY || last.length === MONTH_AND_DAY) {
    if (first.length !== last.length) refuse(path, 'must name both days without a year, or none');
    const ofYear = (date: string): string => date.slice(-MONTH_AND_DAY);
    if (first <= last) return ({ date }) => ofYear(date) >= first && ofYear(date) <= last;
    return ({ date }) => ofYear(date) >= first || ofYear(date) <= last;
  }
  if (first > last) refuse(path, 'must name the earlier day first');
  return ({ date }) => date >= first && date <= last;
}

/** Minutes since midnight at which what a condition says of the clock may change, at any depth. */
export function clockTimesIn(condition: unknown): readonly number[] {
  if (Array.isArray(condition)) return condition.flatMap(clockTimesIn);
  if (!isJsonObject(condition)) return [];
  return Object.entries(condition).flatMap(([key, value]) => {
    if (key === 'weekday' || key === 'local_date') return [0];
    if (key !== 'time_of_day' || !isJsonObject(value)) return clockTimesIn(value);
    const times = [value.from ?? '00:00', value.to ?? '00:00'];
    return times.map((text) => (parseTimeOfDay(String(text)) ?? 0) / MINUTE_MS);
  });
}
