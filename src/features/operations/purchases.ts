import { limits } from '../../limits.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { Zone } from '../../model/zone.ts';
import { Calendar } from '../calendar.ts';
import { addExact, type Exact, exactMinor, formatExact } from '../exact.ts';
import type { Operation, OperationOptions } from '../operation.ts';

/**
 * What somebody has bought, by the days on which they did: all that models of recency, frequency and value ask. A row is a
 * day of the zone with its orders, how many of these are in the reporting currency, and what those were worth in minor
 * units. Beyond a bound, the oldest days after the first become one row of several days.
 */
export type PurchaseRow = readonly [day: number, days: number, orders: number, valued: number, net: Exact];

/** A sample's values are an amount and how many orders it is of: one, or none where it gives back. */
export function createPurchases(options: OperationOptions, zone: Zone): Operation<PurchaseRow[]> {
  const { span, reportingCurrency } = options;
  const calendar = new Calendar({ unit: 'day', previous: 0, zone });
  const dayOf = (time: EpochMs): number => calendar.unitOf(time);
  const windowDays = span.windowMs / DAY_MS;
  const isIn = (day: number, today: number): boolean => day > today - windowDays;
  return {
    empty: () => [],
    add(state, { time, currency, values: [amount, orders] }, now) {
      const day = dayOf(time);
      if (typeof amount !== 'number' || typeof orders !== 'number') return;
      const own = currency === reportingCurrency;
      put(state, [day, 1, orders, own ? orders : 0, own ? exactMinor(amount) : 0]);
      bound(state);
      if (windowDays === Number.POSITIVE_INFINITY) return;
      const today = dayOf(now);
      while (state[0] !== undefined && !isIn(state[0][0], today)) state.shift();
    },
    merge(a, b) {
      const merged = a.slice();
      for (const row of b) put(merged, row);
      return merged;
    },
    bound,
    // Days pass, and with a window they leave it.
    changesAt: (state, now) => (state.length === 0 ? Number.POSITIVE_INFINITY : calendar.nextChange(now)),
    read(state, now) {
      const today = dayOf(now);
      const rows =
        windowDays === Number.POSITIVE_INFINITY ? state : state.filter(([day]) => isIn(day, today));
      const value = describe(rows, today, reportingCurrency);
      return rows.some(([, days]) => days > 1) ? { value, approximate: true } : { value };
    },
  };
}

function put(rows: PurchaseRow[], row: PurchaseRow): void {
  let index = rows.length - 1;
  while (index >= 0 && (rows[index] as PurchaseRow)[0] > row[0]) index -= 1;
  const known = rows[index];
  if (known?.[0] === row[0]) rows[index] = together(known, row, Math.max(known[1], row[1]));
  else rows.splice(index + 1, 0, row);
}

function together(a: PurchaseRow, b: PurchaseRow, days: number): PurchaseRow {
  return [Math.max(a[0], b[0]), days, a[2] + b[2], a[3] + b[3], addExact(a[4], b[4])];
}

/** The first day stays by itself: how long somebody has been a customer is counted from it. */
function bound(rows: PurchaseRow[]): void {
  while (rows.length > limits.purchaseDaysMax) {
    const [, second, third] = rows;
    if (second === undefined || third === undefined) return;
    rows.splice(1, 2, together(second, third, second[1] + third[1]));
  }
}

function major(minor: Exact, currency: string): number {
  return Number(formatExact(minor, currency));
}

/**
 * `days` are those with an order, `since_first` and `since_last` days from them until today, `net` what all of it was worth,
 * `repeat_value` what a day after the first one was worth on average, null without any.
 */
function describe(rows: readonly PurchaseRow[], today: number, currency: string) {
  let [days, orders, repeatsValued] = [0, 0, 0];
  let [first, last] = [today, today];
  let net: Exact = 0;
  let repeats: Exact = 0;
  for (const [day, dayCount, count, valued, amount] of rows) {
    net = addExact(net, amount);
    const isFirst = days === 0 && count > 0;
    if (isFirst) first = day;
    if (days > 0) {
      repeats = addExact(repeats, amount);
      if (valued > 0) repeatsValued += dayCount;
    }
    if (count === 0) continue;
    last = day;
    days += dayCount;
    orders += count;
  }
  const none = days === 0;
  return {
    days,
    orders,
    since_first: none ? null : today - first,
    since_last: none ? null : today - last,
    net: major(net, currency),
    repeat_value: repeatsValued === 0 ? null : major(repeats, currency) / repeatsValued,
  };
}
