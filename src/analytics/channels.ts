import type { JsonObject } from '../model/json.ts';
import { formatMinor } from '../model/money.ts';
import { DAY_MS } from '../model/time.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { hashedOrdersSql } from './orders-sql.ts';
import { listed, moment, SOMEBODY, within } from './sql-pieces.ts';

/*
 * Who looks where and buys where: for each order the channels on which the same person showed interest in the days before it, by the
 * second. An order with interest on several channels counts in the row of each, one without any in the row `none`; so rows of
 * research do not add up to the orders of a channel, which stand beside them.
 */
export interface ChannelsQuestion extends Stretch {
  readonly currency: string;
  /** How long before the order interest counts. */
  readonly days: number;
}

/** What shows interest in goods; the order itself, its payment and its delivery do not. */
const INTEREST: readonly string[] = Object.freeze([
  'product_viewed',
  'product_list_viewed',
  'products_searched',
  'product_added',
  'product_favorited',
  'product_tried',
  'product_shared',
  'product_reviewed',
  'question_asked',
  'stock_inquired',
  'store_entered',
  'zone_dwelled',
  'content_engaged',
]);
const COLUMNS = ['research', 'purchase', 'orders', 'people', 'share', 'net'] as const;

export async function channels(question: ChannelsQuestion, ask: Ask): Promise<Finding> {
  const { from, to, currency, days } = question;
  const found = await ask(waysSql(question));
  const totals = new Map(
    found.filter(({ research }) => research === '*').map((row) => [String(row.purchase), row]),
  );
  const ways = found
    .filter(({ research }) => research !== '*')
    .map(({ research, purchase, orders, people, net }) => ({
      research: String(research),
      purchase: String(purchase),
      orders: Number(orders),
      people: Number(people),
      share: rate(Number(orders), Number(totals.get(String(purchase))?.orders ?? 0)),
      net: formatMinor(Number(net), currency),
    }));
  const purchases = [...totals.values()].map((row): JsonObject => {
    const orders = Number(row.orders);
    return {
      channel: String(row.purchase),
      orders,
      people: Number(row.people),
      net: formatMinor(Number(row.net), currency),
      researched_elsewhere: Number(row.elsewhere),
      researched_elsewhere_rate: rate(Number(row.elsewhere), orders),
    };
  });
  return { answer: { from, to, days, currency, purchases, ways }, table: tableOf(COLUMNS, ways) };
}

/** Four bytes for the second of a moment instead of a row, and only of people who bought; to hold each once would take more. */
function waysSql({ from, to, currency, days }: ChannelsQuestion): string {
  const bought = `(SELECT * FROM ${hashedOrdersSql({ to, currency })} WHERE at >= ${from})`;
  const reach = (days * DAY_MS) / 1_000;
  const looked =
    `SELECT person, channel, groupArray(toUnixTimestamp(time)) AS own FROM events_by_person WHERE type IN (${listed(INTEREST)}) ` +
    `AND time >= ${moment(from - days * DAY_MS)} AND time < ${moment(to)} AND ${SOMEBODY} ` +
    `AND person IN (SELECT person FROM events_by_person WHERE type = 'order_completed' AND order_ledger ` +
    `AND ${within({ from, to })}) GROUP BY person, channel`;
  const seen = `SELECT person, groupArray((toString(channel), own)) AS ways FROM (${looked}) GROUP BY person`;
  const met = `arrayExists(t -> t <= second AND t + ${reach} >= second, w.2)`;
  return (
    `SELECT research, purchase, count() AS orders, uniqExact(person) AS people, sum(net) AS net, sum(other) AS elsewhere FROM ` +
    `(SELECT bought.person AS person, toString(bought.channel) AS purchase, bought.net AS net, intDiv(bought.at, 1000) AS second, ` +
    `arrayDistinct(arrayMap(w -> w.1, arrayFilter(w -> ${met}, seen.ways))) AS met, ` +
    `toUInt8(arrayExists(c -> c != purchase, met)) AS other, ` +
    `arrayJoin(arrayConcat(if(empty(met), ['none'], met), ['*'])) AS research ` +
    `FROM ${bought} AS bought LEFT ANY JOIN (${seen}) AS seen ON seen.person = bought.person) ` +
    `GROUP BY research, purchase ORDER BY purchase, orders DESC, research`
  );
}
