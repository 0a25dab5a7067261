import { orderTransitions } from '../model/order-transitions.ts';
import { listed } from './sql-pieces.ts';

/*
 * Of several reports of a fact of an order the earliest counts, then the least source and id. To find that takes microseconds a row,
 * and most orders have one event: those are told apart by counting numbers, and are what they say.
 */
const FACTS =
  `type IN (${listed([...orderTransitions.keys()])}) AND order_ledger ` +
  `AND order_transition IN ('completed', 'refunded', 'cancelled')`;
const SEVERAL = `SELECT order_hash FROM events WHERE ${FACTS} GROUP BY order_hash HAVING count() > 1`;

/** Events that are all there is of their order. */
export const ALONE = `${FACTS} AND order_hash NOT IN (${SEVERAL})`;

export interface FactsQuestion {
  /** `events`, or the view with today's owners. */
  readonly from: 'events' | 'events_by_person';
  readonly where: readonly string[];
  /** Columns within which a fact counts once: none for all of history. */
  readonly within: readonly string[];
  /** What is told of a fact, by the name that it gets. */
  readonly told: Readonly<Record<string, string>>;
}

/**
 * A subquery of facts of orders that have several events, each fact once: `order_hash`, `kind` (1 completed, 2 refunded, 3 cancelled),
 * what they count within, and what is told.
 */
export function orderFactsSql({ from, where, within, told }: FactsQuestion): string {
  const key = [...within, 'order_hash'].join(', ');
  const names = Object.keys(told);
  return (
    `(SELECT ${key}, kind, ${names.map((name, i) => `fact.${i + 1} AS ${name}`).join(', ')} FROM (SELECT ${key}, ` +
    `multiIf(order_transition = 'completed', 1, order_transition = 'refunded', 2, 3) AS kind, if(kind = 2, refund_hash, 0) AS back, ` +
    `argMin((${Object.values(told).join(', ')}), (time, source, event_id)) AS fact FROM ${from} ` +
    `WHERE ${[FACTS, ...where].join(' AND ')} AND order_hash IN (${SEVERAL}) GROUP BY ${key}, kind, back))`
  );
}
