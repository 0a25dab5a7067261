import type { JsonObject } from '../model/json.ts';
import { decimalsOfCurrency, formatMinor } from '../model/money.ts';
import type { EpochMs } from '../model/time.ts';
import { classicGroups } from '../value/rfm-groups.ts';
import { groupOf } from '../value/rfm-model.ts';
import { type Ask, type Finding, rate, tableOf } from './analysis.ts';
import { customersSql } from './purchases-sql.ts';

/*
 * Recency, frequency and monetary value in fifths of all customers who have bought, 5 the best. The boundaries are quantiles between
 * two values by their distance (Hyndman and Fan's type 7), as those of `tessera fit rfm`; equal values get equal scores, so that
 * fifths need not be equally large (most customers have bought once).
 */
export interface RfmQuestion {
  readonly to: EpochMs;
  readonly currency: string;
  readonly zone: string;
  /** The last day that counts, as days since 1970-01-01 in the zone. */
  readonly today: number;
  /** Profiles that are no customers. */
  readonly without: readonly string[];
}

const LEVELS = '0.2, 0.4, 0.6, 0.8';
const CELLS = ['recency', 'frequency', 'monetary', 'people', 'net'] as const;

export async function rfm(question: RfmQuestion, ask: Ask): Promise<Finding> {
  const { currency, to } = question;
  const units = 10 ** (decimalsOfCurrency(currency) ?? 0);
  const rows = await ask(scoresSql(question));
  const cells = rows.map(({ r, f, m, people, net }) => ({
    recency: Number(r),
    frequency: Number(f),
    monetary: Number(m),
    people: Number(people),
    minor: Number(net),
  }));
  const told = cells.map(({ minor, ...cell }) => ({ ...cell, net: formatMinor(minor, currency) }));
  const customers = cells.reduce((sum, { people }) => sum + people, 0);
  const [first] = rows;
  const answer: JsonObject = {
    as_of: to,
    currency,
    customers,
    boundaries: {
      recency_days: numbersIn(first?.recency_cut),
      frequency: numbersIn(first?.frequency_cut),
      monetary: numbersIn(first?.monetary_cut).map((minor) => Math.round((minor / units) * 1e6) / 1e6),
    },
    cells: told,
    groups: groupsOf(cells, { customers, currency }),
  };
  return { answer, table: tableOf(CELLS, told) };
}

function scoresSql(question: RfmQuestion): string {
  const source = customersSql(question);
  const cuts = (column: string): string => `quantilesExactInclusive(${LEVELS})(toFloat64(${column}))`;
  const fifth = (value: string, at: string): string => `1 + arrayCount(b -> ${value} > b, ${at})`;
  // Three arrays of numbers: one of tuples takes five times the memory.
  return (
    `SELECT 6 - (${fifth('own_since', 'recency_at')}) AS r, ${fifth('own_orders', 'frequency_at')} AS f, ` +
    `${fifth('own_net', 'monetary_at')} AS m, count() AS people, sum(own_net) AS net, ` +
    `any(recency_at) AS recency_cut, any(frequency_at) AS frequency_cut, any(monetary_at) AS monetary_cut FROM ` +
    `(SELECT groupArray(since_last) AS all_since, groupArray(orders) AS all_orders, groupArray(net) AS all_net, ` +
    `${cuts('since_last')} AS recency_at, ${cuts('orders')} AS frequency_at, ${cuts('net')} AS monetary_at FROM ${source}) ` +
    `ARRAY JOIN all_since AS own_since, all_orders AS own_orders, all_net AS own_net GROUP BY r, f, m ORDER BY r, f, m`
  );
}

function numbersIn(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

interface Cell {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
  readonly people: number;
  readonly minor: number;
}

function groupsOf(
  cells: readonly Cell[],
  { customers, currency }: { readonly customers: number; readonly currency: string },
): readonly JsonObject[] {
  return classicGroups.map(({ name }) => {
    const own = cells.filter((cell) => groupOf(cell, classicGroups) === name);
    const people = own.reduce((sum, cell) => sum + cell.people, 0);
    const minor = own.reduce((sum, cell) => sum + cell.minor, 0);
    return { group: name, people, share: rate(people, customers), net: formatMinor(minor, currency) };
  });
}
