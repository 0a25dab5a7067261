import type { JsonObject } from '../model/json.ts';
import { formatMinor } from '../model/money.ts';
import { type Ask, type Finding, type Stretch, tableOf } from './analysis.ts';
import { hashedOrdersSql } from './orders-sql.ts';
import { dayOfPeriod, type Period, periodSql } from './periods.ts';
import { moment } from './sql-pieces.ts';

/*
 * What customers have been worth, by the period of their first order: net merchandise of each period after it, and summed up per
 * customer. What was given back counts where its order does. What they may yet be worth is the features' business (`tessera fit
 * clv`, expected_value_90d and 365d).
 */
export interface ClvQuestion extends Stretch {
  readonly period: Period;
  readonly zone: string;
  readonly currency: string;
  readonly periodsMax: number;
}

const COLUMNS = ['cohort', 'people', 'period', 'orders', 'net', 'value_per_customer'] as const;

export async function clv(question: ClvQuestion, ask: Ask): Promise<Finding> {
  const { from, to, period, zone, currency } = question;
  const cohorts = cohortsOf(await ask(spentSql(question)), question);
  const answer: JsonObject = { from, to, period, zone, currency, cohorts: cohorts.map(({ told }) => told) };
  return {
    answer,
    table: tableOf(
      COLUMNS,
      cohorts.flatMap(({ rows }) => rows),
    ),
  };
}

interface Cohort {
  readonly told: JsonObject;
  readonly rows: readonly JsonObject[];
}

function cohortsOf(rows: readonly JsonObject[], question: ClvQuestion): readonly Cohort[] {
  const found = new Map<number, JsonObject[]>();
  for (const row of rows) {
    const own = found.get(Number(row.cohort)) ?? [];
    found.set(Number(row.cohort), own);
    own.push(row);
  }
  return [...found].map(([number, own]) => cohortOf(number, own, question));
}

function cohortOf(number: number, own: readonly JsonObject[], question: ClvQuestion): Cohort {
  const { period, periodsMax, currency } = question;
  const spent = new Map(own.map((row) => [Number(row.later), row]));
  const people = Number(spent.get(0)?.people ?? 0);
  const cohort = dayOfPeriod(period, number);
  const last = Math.min(periodsMax, Number(own[0]?.reach ?? 0));
  let sum = 0;
  const rows: JsonObject[] = [];
  for (let later = 0; later <= last; later += 1) {
    const net = Number(spent.get(later)?.net ?? 0);
    sum += net;
    // Rounded to the minor unit; the sums are not.
    const each = formatMinor(people === 0 ? 0 : Math.round(sum / people), currency);
    const orders = Number(spent.get(later)?.orders ?? 0);
    rows.push({
      cohort,
      people,
      period: later,
      orders,
      net: formatMinor(net, currency),
      value_per_customer: each,
    });
  }
  const of = (name: string) => rows.map((row) => row[name] ?? null);
  return {
    rows,
    told: {
      cohort,
      people,
      orders: of('orders'),
      net: of('net'),
      value_per_customer: of('value_per_customer'),
    },
  };
}

function spentSql({ from, to, period, zone, currency }: ClvQuestion): string {
  const number = periodSql(period, 'fromUnixTimestamp64Milli(at)', zone);
  const end = periodSql(period, moment(to - 1), zone);
  return (
    `SELECT cohort, later, uniqExact(person) AS people, count() AS orders, sum(bought.2) AS net, any(${end}) - cohort AS reach ` +
    `FROM (SELECT person, arrayJoin(groupArray((${number}, net))) AS bought, min(${number}) AS cohort, ` +
    `bought.1 - cohort AS later FROM ${hashedOrdersSql({ to, currency })} GROUP BY person) ` +
    `WHERE cohort >= ${periodSql(period, moment(from), zone)} GROUP BY cohort, later ORDER BY cohort, later`
  );
}
