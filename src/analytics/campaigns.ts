import type { JsonObject } from '../model/json.ts';
import { formatMinor } from '../model/money.ts';
import { DAY_MS } from '../model/time.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { differenceInterval, type Share } from './difference-interval.ts';
import { hashedOrdersSql } from './orders-sql.ts';
import { moment, SOMEBODY, within } from './sql-pieces.ts';

/*
 * What messages brought: a row for each trigger that decided something, and one for each campaign that another system reports by
 * `campaign_id` (or `campaign`) of its messages. People are counted from their first firing (or sent message) of the time asked
 * for: whoever orders within so many days of it has ordered. Lift is the difference of order rates to those whom the
 * trigger's holdout kept it from; without a holdout there is none. Whoever was in both groups, because two profiles became
 * one, is in neither.
 */
export interface CampaignsQuestion extends Stretch {
  readonly currency: string;
  /** How many days after the message an order counts. */
  readonly days: number;
  readonly campaignsMax: number;
}

const MESSAGES = ['sent', 'delivered', 'failed', 'opened', 'clicked'] as const;
const COLUMNS = [
  'kind',
  'campaign',
  'fired',
  'suppressed',
  ...MESSAGES,
  'people',
  'ordered',
  'order_rate',
  'orders',
  'revenue',
  'held_out',
  'held_out_ordered',
  'lift',
  'lift_low',
  'lift_high',
] as const;

export async function campaigns(question: CampaignsQuestion, ask: Ask): Promise<Finding> {
  const { from, to, days, currency } = question;
  const messages = new Map((await ask(messagesSql(question))).map((row) => [keyOf(row), row]));
  const suppressed = new Map((await ask(suppressedSql(question))).map((row) => [keyOf(row), row]));
  const reached = await ask(peopleSql(question));
  const known = new Set(reached.map(keyOf));
  // A trigger whose limits let nothing through has reached nobody.
  const silent = [...suppressed.values()].filter((row) => !known.has(keyOf(row)));
  const rows = [...reached, ...silent].slice(0, question.campaignsMax).map((row) => {
    const told = { ...messages.get(keyOf(row)), suppressed: suppressed.get(keyOf(row))?.suppressed ?? 0 };
    return campaignOf(row, told, currency);
  });
  return { answer: { from, to, days, currency, campaigns: rows }, table: tableOf(COLUMNS, rows) };
}

function keyOf({ kind, campaign }: JsonObject): string {
  return `${String(kind)} ${String(campaign)}`;
}

function campaignOf(row: JsonObject, told: JsonObject, currency: string): JsonObject {
  const count = (name: string): number => Number(row[name] ?? 0);
  const exposed: Share = { part: count('ordered'), whole: count('people') };
  const held: Share = { part: count('held_ordered'), whole: count('held') };
  const interval = differenceInterval(exposed, held);
  const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
  const lift = interval === undefined ? null : rounded(exposed.part / exposed.whole - held.part / held.whole);
  return {
    kind: String(row.kind),
    campaign: String(row.campaign),
    fired: count('fired'),
    ...Object.fromEntries(['suppressed', ...MESSAGES].map((name) => [name, Number(told[name] ?? 0)])),
    people: exposed.whole,
    ordered: exposed.part,
    order_rate: rate(exposed.part, exposed.whole),
    orders: count('orders'),
    revenue: formatMinor(count('revenue'), currency),
    held_out: held.whole,
    held_out_ordered: held.part,
    lift,
    lift_low: interval === undefined ? null : rounded(interval.low),
    lift_high: interval === undefined ? null : rounded(interval.high),
  };
}

const PROPERTY = (name: string): string => `JSONExtractString(raw, 'properties', '${name}')`;
/** Messages that no firing of ours has caused and that name their campaign. */
const CAMPAIGN = `if(${PROPERTY('campaign_id')} != '', ${PROPERTY('campaign_id')}, ${PROPERTY('campaign')})`;
const STATUS = PROPERTY('status');
const RECEIPTS: Readonly<Record<(typeof MESSAGES)[number], string>> = {
  sent: "type = 'message_sent'",
  delivered: "type = 'message_delivered' AND status IN ('', 'delivered')",
  failed: "type = 'message_delivered' AND status NOT IN ('', 'delivered')",
  opened: "type = 'message_opened'",
  clicked: "type = 'message_clicked'",
};

/** A receipt counts once per message, however often it was reported; one that names no message counts as itself. */
function messagesSql(question: CampaignsQuestion): string {
  const fired = `SELECT id, any(trigger) AS trigger FROM decisions WHERE ${within(question, 'at')} AND decision = 'fired' GROUP BY id`;
  const counted = MESSAGES.map((name) => `uniqExactIf(message, ${RECEIPTS[name]}) AS ${name}`).join(', ');
  const receipts =
    `SELECT type, ${PROPERTY('firing_id')} AS firing, ${CAMPAIGN} AS named, ${STATUS} AS status, time, ` +
    `multiIf(firing != '', firing, ${PROPERTY('message_id')} != '', ${PROPERTY('message_id')}, event_id) AS message ` +
    `FROM events WHERE type IN ('message_sent', 'message_delivered', 'message_opened', 'message_clicked') ` +
    `AND time >= ${moment(question.from)}`;
  return (
    `SELECT if(known.trigger != '', 'trigger', 'campaign') AS kind, if(known.trigger != '', known.trigger, named) AS campaign, ` +
    `${counted} FROM (${receipts}) AS told LEFT ANY JOIN (${fired}) AS known ON known.id = told.firing ` +
    `WHERE campaign != '' AND (known.trigger != '' OR (firing = '' AND time < ${moment(question.to)})) GROUP BY kind, campaign`
  );
}

/** What limits have held back; a deferred firing that is suppressed at its release is one, too. */
function suppressedSql(question: CampaignsQuestion): string {
  return (
    `SELECT 'trigger' AS kind, toString(trigger) AS campaign, count() AS suppressed FROM decisions ` +
    `WHERE ${within(question, 'at')} AND decision = 'suppressed' GROUP BY trigger ` +
    `ORDER BY suppressed DESC, campaign LIMIT ${question.campaignsMax}`
  );
}

/** Whom it reached, and what they ordered afterwards. */
function peopleSql(question: CampaignsQuestion): string {
  const { to, days, currency, campaignsMax } = question;
  const decided =
    `SELECT 'trigger' AS kind, toString(d.trigger) AS campaign, ` +
    `sipHash64(if(merged.merged_into = '', d.profile_id, merged.merged_into)) AS person, min(toUnixTimestamp64Milli(d.at)) AS first, ` +
    `uniqExactIf(d.id, d.decision = 'fired') AS fired, countIf(d.decision = 'held_out') AS held FROM decisions AS d ` +
    `LEFT ANY JOIN profiles_merged AS merged ON merged.profile_id = d.profile_id ` +
    `WHERE ${within(question, 'd.at')} AND d.decision IN ('fired', 'held_out') GROUP BY campaign, person`;
  const others =
    `SELECT 'campaign' AS kind, ${CAMPAIGN} AS campaign, person, min(toUnixTimestamp64Milli(time)) AS first, toUInt64(0) AS fired, ` +
    `toUInt64(0) AS held FROM events_by_person WHERE type = 'message_sent' AND ${within(question)} ` +
    `AND ${PROPERTY('firing_id')} = '' AND campaign != '' AND ${SOMEBODY} GROUP BY campaign, person`;
  const reached = `SELECT * FROM (${decided}) UNION ALL SELECT * FROM (${others})`;
  const bought =
    `SELECT person, groupArray(at) AS moments, groupArray(net) AS nets ` +
    `FROM ${hashedOrdersSql({ to: to + days * DAY_MS, currency })} WHERE at > ${question.from} ` +
    `AND person IN (SELECT person FROM (${reached})) GROUP BY person`;
  const followed = `arrayFilter((n, at) -> at > first AND at <= first + ${days * DAY_MS}, nets, moments)`;
  return (
    `SELECT kind, campaign, sum(fired) AS fired, countIf(standing = 'exposed') AS people, ` +
    `countIf(standing = 'exposed' AND notEmpty(after)) AS ordered, countIf(standing = 'held') AS held, ` +
    `countIf(standing = 'held' AND notEmpty(after)) AS held_ordered, sumIf(length(after), standing = 'exposed') AS orders, ` +
    `sumIf(arraySum(after), standing = 'exposed') AS revenue FROM (SELECT kind, campaign, fired, ` +
    `multiIf(held = 0, 'exposed', fired = 0, 'held', 'mixed') AS standing, ${followed} AS after FROM ` +
    `(${reached}) AS reached ` +
    `LEFT ANY JOIN (${bought}) AS bought ON bought.person = reached.person) ` +
    `GROUP BY kind, campaign ORDER BY kind DESC, people DESC, campaign LIMIT ${campaignsMax}`
  );
}
