import type { EpochMs } from '../model/time.ts';
import { ALONE, orderFactsSql } from './order-facts-sql.ts';
import { byPerson, moment, quoted, SOMEBODY } from './sql-pieces.ts';

export interface OrdersQuestion {
  /** Orders, and what became of them, before this. */
  readonly to: EpochMs;
  readonly currency: string;
}

/**
 * A subquery with one row per order of a known person that was not cancelled: `person`, `at` (ms), `channel`, `store`, `net` (minor
 * units of the currency: merchandise paid, less what was given back for it; 0 of an order in another one) and `foreign` (1 of
 * such). Of several reports of an order the earliest counts, as for features. People go by the id of their profile.
 */
export function ordersSql(question: OrdersQuestion): string {
  const placed = placedSql(question, ['facet_id', 'profile_id']);
  return byPerson(
    `SELECT facet AS facet_id, owner AS then, at, channel, store, foreign, net FROM (${placed})`,
  );
}

/** The same with people by hashes, as in the view events_by_person: for sums over all of them, at a fraction of the cost. */
export function hashedOrdersSql(question: OrdersQuestion): string {
  const placed = placedSql(question, ['facet_hash', 'profile_hash']);
  return (
    `(SELECT at, channel, store, foreign, net, if(moved.person = 0, owner, moved.person) AS person FROM (${placed}) AS orders ` +
    `LEFT ANY JOIN owners_moved AS moved ON moved.facet_hash = orders.facet WHERE ${SOMEBODY})`
  );
}

/** `facet` and `owner` (when it was applied) are what the two columns say that are given. */
function placedSql({ to, currency }: OrdersQuestion, [facet, owner]: readonly [string, string]): string {
  const where = ['order_hash != 0', `time < ${moment(to)}`];
  const told = {
    ...{ whose: facet, had: owner, moment: 'toUnixTimestamp64Milli(time)', place: 'channel', shop: 'store' },
    ...{ amount: 'spend', own: `toUInt8(currency = ${quoted(currency)})` },
  };
  const facts = orderFactsSql({ from: 'events', where, within: [], told });
  const placed = (name: string): string => `anyIf(${name}, kind = 1)`;
  return (
    `SELECT ${facet} AS facet, ${owner} AS owner, ${told.moment} AS at, channel, store, toUInt8(NOT ${told.own}) AS foreign, ` +
    `if(${told.own}, spend, 0) AS net FROM events ` +
    `WHERE ${[ALONE, ...where].join(' AND ')} AND order_transition = 'completed' UNION ALL ` +
    `SELECT ${placed('whose')} AS facet, ${placed('had')} AS owner, ${placed('moment')} AS at, ${placed('place')} AS channel, ` +
    `${placed('shop')} AS store, toUInt8(NOT ${placed('own')}) AS foreign, sumIf(amount, kind < 3 AND own) AS net ` +
    `FROM ${facts} GROUP BY order_hash HAVING countIf(kind = 1) > 0 AND countIf(kind = 3) = 0`
  );
}
