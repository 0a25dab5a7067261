import { limits } from '../limits.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import { orderTransitions } from '../model/order-transitions.ts';
import { listed, quoted } from './sql-pieces.ts';

/** Whose purchases, and how they count: what the feature of the aggregate `purchases` says, asked of history. */
export interface PurchasesQuestion {
  /** IANA name, checked where the feature was compiled. */
  readonly zone: string;
  readonly amount: 'spend' | 'total';
  readonly refunds: boolean;
  readonly currency: string;
  /** The last day that counts, as days since 1970-01-01 in the zone. */
  readonly today: number;
  /** Days up to that one; all where absent. */
  readonly windowDays?: number;
  /** Profiles that are no customers. */
  readonly without: readonly string[];
  /** Of all customers, from 0 to 1: which ones is decided by their ids. */
  readonly share: number;
}

const SHARES = 10_000;

/**
 * A report of an order once, as src/features/orders.ts does it: the earliest, then the least source and id. Keys of fixed
 * length instead of texts (of orders their 128-bit hashes) halve what the groups cost.
 */
function factsSql({ zone, amount, refunds, today, without, share }: PurchasesQuestion): string {
  const day = `toInt32(toDate(time, ${quoted(zone)}))`;
  const transitions = refunds ? "'completed', 'refunded', 'cancelled'" : "'completed', 'cancelled'";
  const where = [
    // The types of these facts: the sorting key begins with them.
    `type IN (${listed([...orderTransitions.keys()])})`,
    'order_ledger',
    `order_transition IN (${transitions})`,
    `profile_id != '${UNATTRIBUTED}'`,
    `${day} <= ${today}`,
    ...(share < 1 ? [`cityHash64(profile_id) % ${SHARES} < ${Math.ceil(share * SHARES)}`] : []),
    ...(without.length === 0 ? [] : [`profile_id NOT IN (${listed(without)})`]),
  ];
  return (
    `SELECT toUUID(profile_id) AS person, sipHash128(order_namespace, order_id) AS order_key, ` +
    `order_transition AS kind, if(order_transition = 'refunded', refund_id, '') AS back_id, ` +
    `argMin((${day}, ${amount}, currency), (time, source, event_id)) AS fact ` +
    `FROM events_by_profile WHERE ${where.join(' AND ')} GROUP BY person, order_key, kind, back_id`
  );
}

/** Orders with what was given back for them, at their own day; refunds without their order at theirs; none that were cancelled. */
function nettedSql(question: PurchasesQuestion): string {
  const orders =
    `SELECT person, countIf(kind = 'completed') AS completed, anyIf(fact, kind = 'completed') AS placed, ` +
    `groupArrayIf(fact, kind = 'refunded') AS backs FROM (${factsSql(question)}) ` +
    `GROUP BY person, order_key HAVING countIf(kind = 'cancelled') = 0`;
  const own = 'completed > 0 AND b.3 = placed.3';
  const kept = 'toInt64(if(back != 0 AND placed.2 + back <= 0, 0, 1))';
  return (
    `SELECT person, row.1 AS row_day, row.2 AS row_orders, row.3 AS row_amount, row.4 AS row_currency FROM (` +
    `SELECT person, arraySum(b -> if(${own}, b.2, 0), backs) AS back, ` +
    `arrayConcat(if(completed > 0, [(placed.1, ${kept}, placed.2 + back, placed.3)], []), ` +
    `arrayMap(b -> (b.1, toInt64(0), b.2, b.3), arrayFilter(b -> NOT (${own}), backs))) AS bought ` +
    `FROM (${orders})) ARRAY JOIN bought AS row`
  );
}

/**
 * A subquery with one row per customer: `profile_id`, `days`, `orders`, `since_first`, `since_last`, `net` and
 * `repeat_value`, in days and major units, as the aggregate `purchases` answers them.
 */
export function purchasesSql(question: PurchasesQuestion): string {
  const { currency, today, windowDays } = question;
  const own = `row_currency = ${quoted(currency)}`;
  const units = 10 ** (decimalsOfCurrency(currency) ?? 0);
  // Days in their order, with the sums of each; what is all zero may be missing, and says nothing.
  const byDay =
    `SELECT person, sumMap([row_day], [row_orders], [if(${own}, row_orders, 0)], [if(${own}, row_amount, 0)]) AS by_day, ` +
    `by_day.1 AS days_of, by_day.2 AS orders_of, by_day.3 AS valued_of, by_day.4 AS net_of, ` +
    `arrayFirst((d, o) -> o > 0, days_of, orders_of) AS first_day, ` +
    `arrayLast((d, o) -> o > 0, days_of, orders_of) AS last_day, ` +
    `arrayCount((d, v) -> d > first_day AND v > 0, days_of, valued_of) AS valued_days ` +
    `FROM (${nettedSql(question)}) ` +
    `${windowDays === undefined ? '' : `WHERE row_day > ${today - windowDays} `}GROUP BY person`;
  return (
    `(SELECT toString(person) AS profile_id, arrayCount(o -> o > 0, orders_of) AS days, arraySum(orders_of) AS orders, ` +
    `${today} - first_day AS since_first, ${today} - last_day AS since_last, arraySum(net_of) / ${units} AS net, ` +
    `if(valued_days = 0, NULL, arraySum((d, n) -> if(d > first_day, n, 0), days_of, net_of) / ${units} / valued_days) ` +
    `AS repeat_value FROM (${byDay}) WHERE days > 0)`
  );
}

/**
 * The same customers with what scores need of them: `since_last` (days), `orders` and `net` (minor units). Without the days in
 * between it takes half the time and a fraction of the memory.
 */
export function customersSql(question: PurchasesQuestion): string {
  const { currency, today } = question;
  return (
    `(SELECT ${today} - maxIf(row_day, row_orders > 0) AS since_last, sum(row_orders) AS orders, ` +
    `sumIf(row_amount, row_currency = ${quoted(currency)}) AS net FROM (${nettedSql(question)}) ` +
    `GROUP BY person HAVING orders > 0)`
  );
}

/** Of those who have ever been said to be of a kind, the profiles as they are called today. */
export const spokenOfSql =
  `SELECT DISTINCT profile_id FROM events_by_profile WHERE JSONHas(raw, 'kind') AND profile_id != 'unattributed' ` +
  `LIMIT ${limits.fitStrangersMax + 1}`;
