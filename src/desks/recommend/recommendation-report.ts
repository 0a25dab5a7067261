import { moment } from '../../analytics/sql-pieces.ts';
import { limits } from '../../limits.ts';
import type { JsonObject } from '../../model/json.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { RecommendationReportRequest } from '../../serve/recommendation-service.ts';
import { readHistoryRows } from '../past-events.ts';

/*
 * What came of recommendations, out of history: lists by placement, and their items by placement and strategy. A list is shown or
 * clicked when an event names it; so is an item of it, where the event names that too (a list that says nothing of its items
 * was shown as a whole). What was clicked was shown. An item was ordered when whoever the list was for, as they are today,
 * ordered it in the days after. Lists for nobody known have no orders.
 */
export interface ReportSources {
  readonly history: Pick<History, 'query'>;
  readonly clock: Clock;
}

export async function recommendationReport(
  { from, to, placement }: RecommendationReportRequest,
  { history, clock }: ReportSources,
): Promise<JsonObject> {
  const until = to ?? clock.now();
  const since = from ?? until - limits.recommendationReportDays * DAY_MS;
  const items = itemsQuery({ from: since, to: until, placement });
  const lists = await readHistoryRows(history, `${items} ${LISTS}`);
  const strategies = await readHistoryRows(history, `${items} ${STRATEGIES}`);
  return {
    from: since,
    to: until,
    days: limits.recommendationOrderDays,
    placements: lists.map((row) => ({
      placement: String(row.placement),
      personalized: Number(row.personalized),
      ...countsOf(row),
      strategies: strategies
        .filter((each) => each.placement === row.placement)
        .map((each) => ({ strategy: String(each.strategy), ...countsOf(each) })),
    })),
  };
}

/** Orders and rates are of what was shown, or of what was served where nobody says what was shown. */
function countsOf(row: JsonObject): JsonObject {
  const count = (name: string): number => Number(row[name]);
  const shown = count('shown');
  const [base, ordered] = shown > 0 ? [shown, count('shown_ordered')] : [count('served'), count('ordered')];
  const rate = (part: number): number | null => (base === 0 ? null : Math.round((part / base) * 1e6) / 1e6);
  const clicked = count('clicked');
  const rates = { click_rate: rate(clicked), order_rate: rate(ordered) };
  return { served: count('served'), shown, clicked, ordered, ...rates };
}

const COUNTS =
  'count() AS served, countIf(was_shown) AS shown, countIf(was_clicked) AS clicked, countIf(was_ordered) AS ordered, ' +
  'countIf(was_shown AND was_ordered) AS shown_ordered';

const LISTS =
  `SELECT placement, countIf(personal) AS personalized, ${COUNTS} FROM (SELECT id, any(list_placement) AS placement, ` +
  'max(list_personalized) AS personal, max(item_shown) AS was_shown, max(item_clicked) AS was_clicked, ' +
  'max(item_ordered) AS was_ordered FROM recommended GROUP BY id) GROUP BY placement ORDER BY placement';

const STRATEGIES =
  `SELECT placement, strategy, ${COUNTS} FROM (SELECT list_placement AS placement, item_strategy AS strategy, ` +
  'item_shown AS was_shown, item_clicked AS was_clicked, item_ordered AS was_ordered FROM recommended ' +
  "WHERE item != '') GROUP BY placement, strategy ORDER BY placement, strategy";

interface Stretch {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** The route lets nothing through but letters, digits and underscores. */
  readonly placement: string | undefined;
}

/** `recommended`: a row for each item of each list, and one for each empty list. */
function itemsQuery({ from, to, placement }: Stretch): string {
  const days = limits.recommendationOrderDays;
  const named = placement === undefined ? '' : ` AND r.placement = '${placement}'`;
  const told = (types: string): string =>
    `SELECT JSONExtractString(raw, 'properties', 'recommendation_id') AS list, ` +
    `arrayJoin(if(empty(item_ids), [JSONExtractString(raw, 'properties', 'item_id')], item_ids)) FROM events WHERE type IN (${types}) AND time >= ${moment(from - DAY_MS)} AND time <= ${moment(to + days * DAY_MS)} ` +
    // Most views come from no list: their text is looked at before it is parsed.
    `AND position(raw, '"recommendation_id"') > 0 AND list != ''`;
  const followed = "'recommendation_clicked', 'product_viewed', 'product_added'";
  const shown = told(`'recommendation_shown', ${followed}`);
  const clicked = told(followed);
  return (
    `WITH lists AS (SELECT r.id AS id, r.placement AS list_placement, r.personalized AS list_personalized, r.at AS at, ` +
    `if(merged.merged_into = '', r.profile_id, merged.merged_into) AS person, item, item_strategy FROM ` +
    `(SELECT *, item, item_strategy FROM recommendations LEFT ARRAY JOIN item_ids AS item, strategies AS item_strategy) AS r ` +
    `LEFT ANY JOIN profiles_merged AS merged ON merged.profile_id = r.profile_id ` +
    `WHERE r.at >= ${moment(from)} AND r.at < ${moment(to)}${named}), ` +
    `bought AS (SELECT profile_id AS person, item, groupArray(time) AS times FROM events_by_profile ARRAY JOIN item_ids AS item ` +
    `WHERE order_ledger AND order_transition = 'completed' AND time >= ${moment(from)} AND ` +
    `time <= ${moment(to + days * DAY_MS)} GROUP BY person, item), ` +
    `recommended AS (SELECT lists.id AS id, list_placement, list_personalized, lists.item AS item, item_strategy, ` +
    `((lists.id, lists.item) IN (${shown}) OR (lists.id, '') IN (${shown})) AS item_shown, ` +
    `((lists.id, lists.item) IN (${clicked}) OR (lists.id, '') IN (${clicked})) AS item_clicked, ` +
    `arrayExists(t -> t >= lists.at AND t <= lists.at + toIntervalDay(${days}), bought.times) AS item_ordered ` +
    `FROM lists LEFT JOIN bought ON bought.person = lists.person AND bought.item = lists.item)`
  );
}
