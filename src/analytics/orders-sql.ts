import { orderTransitions } from '../model/order-transitions.ts';
import type { EpochMs } from '../model/time.ts';
import { byPerson, listed, moment, quoted } from './sql-pieces.ts';

export interface OrdersQuestion {
  /** Orders, and what became of them, before this. */
  readonly to: EpochMs;
  readonly currency: string;
}

const TYPES = [...orderTransitions.keys()];

/**
 * A subquery with one row per order of a known person that was not cancelled: `person`, `at` (ms), `channel`, `store`, `net` (minor
 * units of the currency: merchandise paid, less what was given back for it; 0 of an order in another one) and `foreign` (1 of
 * such). Of several reports of an order the earliest counts, as for features.
 */
export function ordersSql({ to, currency }: OrdersQuestion): string {
  const facts =
    `SELECT sipHash128(order_namespace, order_id) AS order_key, order_transition AS kind, ` +
    `if(kind = 'refunded', refund_id, '') AS back_id, ` +
    `argMin((facet_id, time, channel, store, spend, currency, profile_id), (time, source, event_id)) AS fact ` +
    `FROM events WHERE type IN (${listed(TYPES)}) AND order_ledger AND order_id != '' AND time < ${moment(to)} ` +
    `GROUP BY order_key, kind, back_id`;
  const orders =
    `SELECT anyIf(fact, kind = 'completed') AS placed, placed.1 AS facet_id, placed.7 AS then, toUnixTimestamp64Milli(placed.2) AS at, ` +
    `placed.3 AS channel, placed.4 AS store, toUInt8(placed.6 != ${quoted(currency)}) AS foreign, ` +
    `sumIf(fact.5, kind IN ('completed', 'refunded') AND fact.6 = ${quoted(currency)}) AS net ` +
    `FROM (${facts}) GROUP BY order_key HAVING countIf(kind = 'completed') > 0 AND countIf(kind = 'cancelled') = 0`;
  return byPerson(`SELECT facet_id, then, at, channel, store, foreign, net FROM (${orders})`);
}
