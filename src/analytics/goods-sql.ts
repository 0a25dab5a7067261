import type { EpochMs } from '../model/time.ts';
import type { Stretch } from './analysis.ts';
import { moment, within } from './sql-pieces.ts';

export interface GoodsQuestion extends Stretch {
  /** Also `names`, in small letters: all that a line is called by, which takes the whole text of each order. */
  readonly named?: boolean;
  /** The store is the one that the order was sold in, for which its text is read too; where it is absent, the one that it came from. */
  readonly soldIn?: boolean;
  /** Only these events, as a condition: texts of others are not looked into. */
  readonly among?: string;
}

/** The key of an order, wherever it was reported. */
export const ORDER_KEY = 'order_hash';

/** Where an order was sold; where it happened else. */
const SOLD_IN = `if(sold = '', toString(store), sold)`;

const TEXTS = (property: string): string =>
  `arrayMap(p -> JSONExtractString(p, '${property}'), JSONExtractArrayRaw(raw, 'properties', 'products'))`;
const NAMES =
  `arrayDistinct(arrayFilter(n -> n != '', arrayMap(n -> trimBoth(lowerUTF8(n)), arrayConcat(item_ids, variant_ids, ` +
  `arrayMap(b -> toString(b), brands), arrayMap(c -> toString(c), categories), ` +
  `arrayFlatten(arrayMap(c -> splitByChar('/', toString(c)), categories)), ${TEXTS('color')}, ${TEXTS('size')}))))`;

/**
 * A subquery with one row per order of [from, to) that was not cancelled before `to`, nobody's among them: `order_key`, `facet_id`, `then`,
 * `at` (ms), `store`, `lines` (item, variant, quantity) of goods and `names`. Of several reports the earliest counts.
 */
export function goodsSql({ named = false, soldIn = false, among = '1', ...stretch }: GoodsQuestion): string {
  const lines =
    `arrayMap(l -> (l.1, l.2, l.3), arrayFilter(l -> l.4 = 'goods' AND l.1 != '', ` +
    `arrayMap((i, v, q, k) -> (toString(i), toString(v), toFloat64(q), toString(k)), item_ids, variant_ids, quantities, kinds)))`;
  const columns = `facet_id, profile_id, toUnixTimestamp64Milli(time), ${soldIn ? SOLD_IN : 'toString(store)'}, ${lines}, ${named ? NAMES : '[]::Array(String)'}`;
  const orders = `SELECT *, JSONExtractString(raw, 'properties', 'sold_in') AS sold FROM events WHERE type = 'order_completed' AND ${among}`;
  return (
    `SELECT order_key, fact.1 AS facet_id, fact.2 AS then, fact.3 AS at, fact.4 AS store, fact.5 AS lines, fact.6 AS names FROM ` +
    `(SELECT ${ORDER_KEY} AS order_key, argMin((${columns}), (time, source, event_id)) AS fact FROM (${orders} ` +
    `AND order_ledger AND order_id != '' AND ${within(stretch)} AND ${ORDER_KEY} NOT IN (${cancelledSql(stretch.to)})) ` +
    `GROUP BY order_key)`
  );
}

function cancelledSql(to: EpochMs): string {
  return `SELECT ${ORDER_KEY} FROM events WHERE type = 'order_cancelled' AND order_ledger AND time < ${moment(to)}`;
}
