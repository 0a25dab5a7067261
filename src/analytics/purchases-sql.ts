import { limits } from '../limits.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import { orderTransitions } from '../model/order-transitions.ts';
import { ALONE, orderFactsSql } from './order-facts-sql.ts';
import { listed, quoted, SOMEBODY } from './sql-pieces.ts';

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
 * Everybody of these with what scores need: `since_last` (days), `orders` and `net` (minor units). People go by hashes and nobody is
 * told by name, which takes a tenth of the time and of the memory.
 */
export function customersSql(question: CustomersQuestion): string {
  const { currency, today, zone, without } = question;
  const day = `toInt32(toDate(time, ${quoted(zone)}))`;
  const strangers = without.map((id) => `sipHash64(${quoted(id)})`).join(', ');
  const where = [
    SOMEBODY,
    `${day} <= ${today}`,
    ...(strangers === '' ? [] : [`person NOT IN (${strangers})`]),
  ];
  const alone =
    `SELECT person, ${day} AS day, if(currency = ${quoted(currency)}, spend, 0) AS net, toUInt8(order_transition = 'completed') AS kept ` +
    `FROM events_by_person WHERE ${[ALONE, ...where].join(' AND ')} AND order_transition != 'cancelled'`;
  return (
    `(SELECT ${today} - maxIf(day, kept) AS since_last, sum(kept) AS orders, sum(net) AS net ` +
    `FROM (${alone} UNION ALL ${severalSql(question, { day, where })}) GROUP BY person HAVING orders > 0)`
  );
}

export type CustomersQuestion = Pick<PurchasesQuestion, 'zone' | 'currency' | 'today' | 'without'>;

interface Asked {
  readonly day: string;
  readonly where: readonly string[];
}

/** Of orders that more than one event speaks of: what is left, and whether anything is. */
function severalSql({ currency }: CustomersQuestion, { day, where }: Asked): string {
  const told = { at: day, amount: 'spend', money: 'sipHash64(currency)' };
  const facts = orderFactsSql({ from: 'events_by_person', where, within: ['person'], told });
  const asked = `sipHash64(${quoted(currency)})`;
  const orders =
    `SELECT person, countIf(kind = 1) > 0 AS sold, anyIf(at, kind = 1) AS own_day, max(at) AS last_day, ` +
    `anyIf(amount, kind = 1) AS spent, anyIf(money, kind = 1) AS placed, sumIf(amount, kind < 3 AND money = ${asked}) AS net, ` +
    `groupArrayIf((money, amount), kind = 2) AS backs FROM ${facts} GROUP BY person, order_hash HAVING countIf(kind = 3) = 0`;
  // In the currency of the order, whatever that is: what came back as a whole was not bought.
  const back = 'arraySum(b -> if(b.1 = placed, b.2, 0), backs)';
  return (
    `SELECT person, if(sold, own_day, last_day) AS day, net, toUInt8(sold AND NOT (${back} != 0 AND spent + ${back} <= 0)) AS kept ` +
    `FROM (${orders})`
  );
}

/** Of those who have ever been said to be of a kind, the profiles as they are called today. */
export const spokenOfSql =
  `SELECT DISTINCT profile_id FROM facets_now WHERE facet_id IN (SELECT facet_id FROM events ` +
  `WHERE has_kind AND profile_id != '${UNATTRIBUTED}') LIMIT ${limits.fitStrangersMax + 1}`;
