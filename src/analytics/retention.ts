import type { JsonObject } from '../model/json.ts';
import { DAY_MS } from '../model/time.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { hashedOrdersSql } from './orders-sql.ts';
import { dayOfPeriod, type Period, periodSql } from './periods.ts';
import { moment, quoted, SOMEBODY } from './sql-pieces.ts';

/*
 * Cohorts by the period in which somebody did something for the first time ever, and how many of each did it again in the first,
 * second, … period after it. Orders are those that were not cancelled; beside them, how many bought a second time within so
 * many days of their first order.
 */
export interface RetentionQuestion extends Stretch {
  readonly event: string;
  readonly period: Period;
  readonly zone: string;
  readonly currency: string;
  /** Periods after the first that are told. */
  readonly periodsMax: number;
}

const ORDER = 'order_completed';
const REPEAT_DAYS: readonly number[] = Object.freeze([30, 60, 90, 180, 365]);
const COLUMNS = ['cohort', 'people', 'period', 'active', 'rate'] as const;

export async function retention(question: RetentionQuestion, ask: Ask): Promise<Finding> {
  const { from, to, event, period, zone } = question;
  const ofOrders = event === ORDER;
  const cohorts = cohortsOf(await ask(activeSql(question)), question);
  const repeats = ofOrders ? await ask(repeatsSql(question)) : [];
  const rows = cohorts.flatMap(({ cohort, people, active }) =>
    active.map((count, i) => ({ cohort, people, period: i, active: count, rate: rate(count, people) })),
  );
  const answer: JsonObject = {
    from,
    to,
    event,
    period,
    zone,
    cohorts: cohorts.map(({ cohort, people, active }) => ({
      cohort,
      people,
      active,
      rates: active.map((count) => rate(count, people)),
    })),
    ...(ofOrders ? { repeat_purchase: repeats.map((row) => repeatOf(row, question)) } : {}),
  };
  return { answer, table: tableOf(COLUMNS, rows) };
}

interface Cohort {
  readonly cohort: string;
  readonly people: number;
  /** Of the period of the first time, and of each after it up to the end that was asked for. */
  readonly active: readonly number[];
}

function cohortsOf(
  rows: readonly JsonObject[],
  { period, periodsMax }: RetentionQuestion,
): readonly Cohort[] {
  const found = new Map<number, number[]>();
  for (const { cohort, later, people, reach } of rows) {
    const counts = found.get(Number(cohort)) ?? zeros(Math.min(periodsMax, Number(reach)) + 1);
    if (Number(later) < counts.length) counts[Number(later)] = Number(people);
    found.set(Number(cohort), counts);
  }
  return [...found].map(([number, active]) => ({
    cohort: dayOfPeriod(period, number),
    people: active[0] ?? 0,
    active,
  }));
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

/** Moments of doing it, in the sense of the question, by person: `at`. */
function deedsSql({ event, to, currency }: RetentionQuestion, gather: (at: string) => string): string {
  const source =
    event === ORDER
      ? hashedOrdersSql({ to, currency })
      : `events_by_person WHERE type = ${quoted(event)} AND time < ${moment(to)} AND ${SOMEBODY}`;
  const at = event === ORDER ? 'fromUnixTimestamp64Milli(at)' : 'time';
  return `SELECT person, ${gather(at)} AS gathered_periods FROM ${source} GROUP BY person`;
}

function activeSql(question: RetentionQuestion): string {
  const { from, to, period, zone } = question;
  const numbered = (at: string): string => `groupUniqArray(${periodSql(period, at, zone)})`;
  const [begin, end] = [from, to - 1].map((at) => periodSql(period, moment(at), zone));
  return (
    `SELECT cohort, later, count() AS people, any(${end}) - cohort AS reach FROM (SELECT arrayMin(gathered_periods) AS cohort, ` +
    `arrayJoin(gathered_periods) - cohort AS later FROM (${deedsSql(question, numbered)})) ` +
    `WHERE cohort >= ${begin} GROUP BY cohort, later ORDER BY cohort, later`
  );
}

function repeatsSql({ from, to, period, zone, currency }: RetentionQuestion): string {
  const second = REPEAT_DAYS.map(
    (days) => `countIf(length(bought) > 1 AND bought[2] - bought[1] <= ${days * DAY_MS}) AS within_${days}`,
  ).join(', ');
  const cohort = periodSql(period, 'fromUnixTimestamp64Milli(bought[1])', zone);
  return (
    `SELECT ${cohort} AS cohort, count() AS people, ${second} FROM (SELECT arraySort(groupArray(at)) AS bought ` +
    `FROM ${hashedOrdersSql({ to, currency })} GROUP BY person) WHERE cohort >= ${periodSql(period, moment(from), zone)} ` +
    `GROUP BY cohort ORDER BY cohort`
  );
}

function repeatOf(row: JsonObject, { period }: RetentionQuestion): JsonObject {
  const people = Number(row.people);
  return {
    cohort: dayOfPeriod(period, Number(row.cohort)),
    people,
    within: REPEAT_DAYS.map((days) => {
      const again = Number(row[`within_${days}`]);
      return { days, people: again, rate: rate(again, people) };
    }),
  };
}
