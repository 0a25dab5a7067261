import type { JsonObject } from '../model/json.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { quoted, within } from './sql-pieces.ts';

/*
 * What is bought together. Of two items a and b in N orders:
 *
 *   support     orders with both ÷ N
 *   confidence  orders with both ÷ orders with a
 *   lift        orders with both × N ÷ (orders with a × orders with b); 1 where they have nothing to do with each other
 *
 * (Agrawal, Imieliński, Swami, Mining association rules, SIGMOD 1993; lift after Brin et al., SIGMOD 1997.) Each pair is told
 * once, from the more frequent item to the other. Only goods count, each once per order; freight and fees are no goods.
 */
export interface BasketQuestion extends Stretch {
  /** Only pairs with this item. */
  readonly item?: string;
  /** Fewest orders that a pair must be in. */
  readonly ordersMin: number;
  /** The items in most orders are looked at, so many of them. */
  readonly itemsMax: number;
  readonly sort: 'lift' | 'orders';
  readonly limit: number;
}

const COLUMNS = ['a', 'b', 'orders', 'orders_a', 'orders_b', 'support', 'confidence', 'lift'] as const;

export async function basket(question: BasketQuestion, ask: Ask): Promise<Finding> {
  const { from, to } = question;
  const [counted] = await ask(`SELECT count() AS orders FROM (${basketsSql(question)})`);
  const orders = Number(counted?.orders ?? 0);
  const rows = orders === 0 ? [] : await ask(pairsSql(question));
  const pairs = rows.map(({ a, b, orders_both, orders_a, orders_b }): JsonObject => {
    const [both, one, other] = [Number(orders_both), Number(orders_a), Number(orders_b)];
    return {
      a: String(a),
      b: String(b),
      orders: both,
      orders_a: one,
      orders_b: other,
      support: rate(both, orders),
      confidence: rate(both, one),
      lift: rate(both * orders, one * other),
    };
  });
  return { answer: { from, to, orders, pairs }, table: tableOf(COLUMNS, pairs) };
}

/** One row per order that has goods: `goods`, each once. Several reports of an order are one, as of the earliest. */
function basketsSql(question: BasketQuestion): string {
  const goods =
    `arraySort(arrayDistinct(arrayFilter((i, k) -> i != '' AND k = 'goods', ` +
    `arrayMap(i -> toString(i), item_ids), arrayMap(k -> toString(k), kinds))))`;
  return (
    `SELECT argMin(${goods}, (time, source, event_id)) AS goods FROM events WHERE type = 'order_completed' AND order_ledger ` +
    `AND order_hash != 0 AND ${within(question)} AND order_hash NOT IN (SELECT order_hash FROM events ` +
    `WHERE type = 'order_cancelled' AND order_ledger) GROUP BY order_hash HAVING notEmpty(goods)`
  );
}

function pairsSql(question: BasketQuestion): string {
  const { item, ordersMin, itemsMax, sort, limit } = question;
  const baskets = basketsSql(question);
  const first = item === undefined ? '' : `i = ${quoted(item)} DESC, `;
  const often =
    `SELECT i, count() AS n FROM (SELECT arrayJoin(goods) AS i FROM (${baskets})) GROUP BY i HAVING n >= ${ordersMin} ` +
    `ORDER BY ${first}n DESC, i LIMIT ${itemsMax}`;
  const asked = item === undefined ? '' : `WHERE x = ${quoted(item)} OR y = ${quoted(item)} `;
  const order = sort === 'lift' ? 'both * 1.0 / (nx * ny) DESC, both DESC' : 'both DESC';
  return (
    `WITH often AS (${often}) SELECT if(nx >= ny, x, y) AS a, if(nx >= ny, y, x) AS b, both AS orders_both, ` +
    `greatest(nx, ny) AS orders_a, least(nx, ny) AS orders_b FROM (SELECT x, y, count() AS both FROM ` +
    `(SELECT arrayJoin(known) AS x, arrayJoin(arrayFilter(k -> k > x, known)) AS y FROM ` +
    `(SELECT arrayFilter(i -> i IN (SELECT i FROM often), goods) AS known FROM (${baskets}))) ${asked}` +
    `GROUP BY x, y HAVING both >= ${ordersMin}) AS pairs ` +
    `INNER JOIN (SELECT i AS x, n AS nx FROM often) AS one USING x INNER JOIN (SELECT i AS y, n AS ny FROM often) AS other USING y ` +
    `ORDER BY ${order}, a, b LIMIT ${limit}`
  );
}
