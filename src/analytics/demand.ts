import type { JsonObject } from '../model/json.ts';
import { type Ask, type Finding, type Stretch, tableOf } from './analysis.ts';
import { goodsSql } from './goods-sql.ts';
import { quoted, within } from './sql-pieces.ts';

/*
 * What is asked for where: by item (or variant) and store, for the systems that order and move goods. Events without a store, such
 * as views of a web shop, are in the row of the store ''. Everybody counts, whether known or not.
 */
export interface DemandQuestion extends Stretch {
  readonly by: 'item' | 'variant';
  readonly store?: string;
  readonly item?: string;
  readonly rowsMax: number;
}

const COUNTS = ['views', 'tries', 'carts', 'orders', 'inquiries', 'stock_outs'] as const;

export async function demand(question: DemandQuestion, ask: Ask): Promise<Finding> {
  const { from, to, by } = question;
  const names = by === 'variant' ? ['item', 'variant', 'store'] : ['item', 'store'];
  const rows = (await ask(countsSql(question))).map(
    (row): JsonObject => ({
      ...Object.fromEntries(names.map((name) => [name, String(row[name])])),
      ...Object.fromEntries(COUNTS.map((name) => [name, Number(row[name])])),
      units: Math.round(Number(row.units) * 10_000) / 10_000,
    }),
  );
  return { answer: { from, to, by, demand: rows }, table: tableOf([...names, ...COUNTS, 'units'], rows) };
}

function countsSql(question: DemandQuestion): string {
  const { by, store, item, rowsMax } = question;
  const variant = by === 'variant' ? 'variant_id' : `''`;
  const shown =
    `SELECT item_id AS item, ${variant} AS variant, toString(store) AS place, countIf(type = 'product_viewed') AS views, ` +
    `countIf(type = 'product_tried') AS tries, countIf(type = 'product_added') AS carts, toUInt64(0) AS orders, toUInt64(0) AS inquiries, ` +
    `toUInt64(0) AS stock_outs, toFloat64(0) AS units FROM events WHERE type IN ('product_viewed', 'product_tried', 'product_added') ` +
    `AND ${within(question)} GROUP BY item, variant, place`;
  const asked =
    `SELECT item_id, ${variant}, toString(store), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), count(), ` +
    `countIf(JSONExtractRaw(raw, 'properties', 'available') = 'false'), toFloat64(0) FROM events ` +
    `WHERE type = 'stock_inquired' AND ${within(question)} GROUP BY 1, 2, 3`;
  const line = by === 'variant' ? 'l.2' : `''`;
  const sold =
    `SELECT l.1, ${line}, store, toUInt64(0), toUInt64(0), toUInt64(0), uniqExact(order_key), toUInt64(0), toUInt64(0), sum(l.3) FROM ` +
    `(${goodsSql({ ...question, soldIn: true })}) ARRAY JOIN lines AS l GROUP BY 1, 2, 3`;
  const only = [
    `item != ''`,
    ...(store === undefined ? [] : [`place = ${quoted(store)}`]),
    ...(item === undefined ? [] : [`item = ${quoted(item)}`]),
  ].join(' AND ');
  const sums = [...COUNTS, 'units'].map((name) => `sum(${name}) AS all_${name}`).join(', ');
  const named = [...COUNTS, 'units'].map((name) => `all_${name} AS ${name}`).join(', ');
  return (
    `SELECT item, variant, place AS store, ${named} FROM (SELECT item, variant, place, ${sums} FROM ` +
    `(${shown} UNION ALL ${asked} UNION ALL ${sold}) WHERE ${only} GROUP BY item, variant, place) ` +
    `ORDER BY orders DESC, stock_outs DESC, carts DESC, views DESC, item, variant, place LIMIT ${rowsMax}`
  );
}
