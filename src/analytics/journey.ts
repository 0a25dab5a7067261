import type { JsonObject } from '../model/json.ts';
import { DAY_MS } from '../model/time.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { hashedOrdersSql } from './orders-sql.ts';
import { dayOfPeriod, type Period, periodSql } from './periods.ts';
import { listed, moment, SOMEBODY } from './sql-pieces.ts';

/*
 * How far people have come. Each stage begins for a person with the first thing of its kind that they ever did; whoever comes to a
 * later stage first has passed over the earlier one, and never was in it. So everybody goes one way, is in one stage at a time,
 * and the times in between are dwell. Whoever has been in a stage for longer than `lossDays` is lost to it; they may come back.
 */
export interface JourneyQuestion extends Stretch {
  readonly period: Period;
  readonly zone: string;
  readonly currency: string;
  /** Without going on for so many days somebody is lost. */
  readonly lossDays: number;
  readonly rowsMax: number;
}

/** Has met the shop, or a message of it. */
export const AWARE: readonly string[] = Object.freeze([
  'page_viewed',
  'screen_viewed',
  'promotion_viewed',
  'promotion_clicked',
  'product_list_viewed',
  'store_entered',
  'zone_dwelled',
  'message_opened',
  'message_clicked',
  'content_engaged',
  'social_interacted',
  'activity_joined',
]);
/** Has looked at, tried, or asked for something in particular. */
export const INTERESTED: readonly string[] = Object.freeze([
  'product_viewed',
  'products_searched',
  'product_added',
  'product_favorited',
  'product_tried',
  'question_asked',
  'stock_inquired',
  'appointment_booked',
  'checkout_started',
  'order_placed',
]);
/** Has told others, after the first order; so does a review of four fifths of the best rating. */
export const RECOMMENDS: readonly string[] = Object.freeze(['product_shared', 'referral_made']);
const GOOD_REVIEW =
  `type = 'product_reviewed' AND JSONExtractFloat(raw, 'properties', 'rating') >= 0.8 * ` +
  `if(JSONExtractFloat(raw, 'properties', 'rating_max') > 0, JSONExtractFloat(raw, 'properties', 'rating_max'), 5)`;

const STAGES = ['aware', 'interested', 'bought', 'bought_again', 'recommends'] as const;
const COLUMNS = [
  'period',
  'stage',
  'entered',
  'went_on',
  'lost',
  'waiting',
  'loss_rate',
  'dwell_days_median',
  'dwell_days_p90',
] as const;

export async function journey(question: JourneyQuestion, ask: Ask): Promise<Finding> {
  const { from, to, period, zone, lossDays } = question;
  const rows = await ask(stagesSql(question));
  const overall = new Map(rows.filter(({ level }) => Number(level) === 1).map((row) => [stageOf(row), row]));
  const stages = STAGES.map((stage): JsonObject => {
    const row = overall.get(stage);
    const end = { at_end: Number(row?.at_end ?? 0), at_end_lost: Number(row?.at_end_lost ?? 0) };
    return { stage, ...countsOf(row), ...end };
  });
  const periods = rows
    .filter(({ level, entered }) => Number(level) === 0 && Number(entered) > 0)
    .map((row): JsonObject => {
      return { period: dayOfPeriod(period, Number(row.begun)), stage: stageOf(row), ...countsOf(row) };
    });
  const answer: JsonObject = { from, to, period, zone, loss_days: lossDays, stages, periods };
  return { answer, table: tableOf(COLUMNS, periods) };
}

function stageOf({ stage }: JsonObject): string {
  return STAGES[Number(stage) - 1] ?? '';
}

function countsOf(row: JsonObject | undefined): JsonObject {
  const [entered, wentOn, lost] = [row?.entered, row?.went_on, row?.lost].map((n) => Number(n ?? 0));
  return {
    entered: entered ?? 0,
    went_on: wentOn ?? 0,
    lost: lost ?? 0,
    waiting: (entered ?? 0) - (wentOn ?? 0) - (lost ?? 0),
    loss_rate: rate(lost ?? 0, entered ?? 0),
    dwell_days_median: days(row?.median),
    dwell_days_p90: days(row?.p90),
  };
}

function days(ms: unknown): number | null {
  return typeof ms === 'number' ? Math.round((Math.round(ms) / DAY_MS) * 100) / 100 : null;
}

/** One row per person, by hash: the moments of the stages, 0 where there is none. */
function momentsSql({ to, currency }: JourneyQuestion): string {
  const at = 'toUnixTimestamp64Milli(time)';
  const first = (types: readonly string[]): string => `minIf(${at}, type IN (${listed(types)}))`;
  const known = `time < ${moment(to)} AND ${SOMEBODY} GROUP BY person`;
  const [never, nothing] = ['toInt64(0)', '[]::Array(Int64)'];
  const touches =
    `SELECT person, ${first(AWARE)} AS met, ${first(INTERESTED)} AS looked, ${nothing} AS told, ${nothing} AS bought ` +
    `FROM events_by_person WHERE type IN (${listed([...AWARE, ...INTERESTED])}) AND ${known}`;
  // Apart, so that the texts of events are read for reviews alone.
  const telling = (which: string): string =>
    `SELECT person, ${never}, ${never}, groupUniqArray(${at}), ${nothing} FROM events_by_person WHERE ${which} AND ${known}`;
  const orders = `SELECT person, ${never}, ${never}, ${nothing}, [at] FROM ${hashedOrdersSql({ to, currency })}`;
  const all = [touches, telling(`type IN (${listed(RECOMMENDS)})`), telling(GOOD_REVIEW), orders];
  return (
    `SELECT person, minIf(met, met > 0) AS aware, minIf(looked, looked > 0) AS interested, arraySort(groupArrayArray(bought)) AS orders, ` +
    `orders[1] AS first_order, if(first_order = 0, 0, ` +
    `arrayReduce('minOrDefault', arrayFilter(t -> t >= first_order, groupArrayArray(told)))) AS recommended ` +
    `FROM (${all.join(' UNION ALL ')}) GROUP BY person`
  );
}

function stagesSql(question: JourneyQuestion): string {
  const { from, to, period, zone, lossDays, rowsMax } = question;
  const moments = '[aware, interested, first_order, orders[2], toInt64(recommended)]';
  const next = `arrayReduce('minOrDefault', arrayFilter(t -> t > 0, arraySlice(moments, k + 1)))`;
  const way =
    `arrayFilter(s -> s.2 > 0 AND (s.3 = 0 OR s.2 < s.3), ` +
    `arrayMap(k -> (k, moments[k], ${next}), range(1, ${STAGES.length + 1})))`;
  const begun = periodSql(period, 'fromUnixTimestamp64Milli(at)', zone);
  const stays = `next = 0 AND stage < ${STAGES.length} AND at + ${lossDays * DAY_MS} <= ${to}`;
  const dwell = (level: number): string =>
    `quantileExactInclusiveIf(${level})(toFloat64(next - at), came AND next > 0)`;
  return (
    `SELECT grouping(begun) AS level, stage, begun, countIf(came) AS entered, countIf(came AND next > 0) AS went_on, ` +
    `countIf(came AND ${stays}) AS lost, ${dwell(0.5)} AS median, ${dwell(0.9)} AS p90, ` +
    `countIf(next = 0) AS at_end, countIf(${stays}) AS at_end_lost FROM ` +
    `(SELECT s.1 AS stage, s.2 AS at, s.3 AS next, at >= ${from} AS came, if(came, ${begun}, 0) AS begun FROM ` +
    `(SELECT ${moments} AS moments, ${way} AS way FROM (${momentsSql(question)})) ARRAY JOIN way AS s) ` +
    `GROUP BY GROUPING SETS ((stage, begun), (stage)) ORDER BY level DESC, begun, stage LIMIT ${rowsMax}`
  );
}
