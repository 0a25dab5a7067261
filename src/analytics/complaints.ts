import type { JsonObject } from '../model/json.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import { HOUR_MS } from '../model/time.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { goodsSql } from './goods-sql.ts';
import { byPerson, listed, moment, THEN, within } from './sql-pieces.ts';

/*
 * What customers complain about. A case (`ticket_id`) belongs to the time in which it was opened (or first told of),
 * and has the theme and the item that were told last. It is a complaint when one of its events says `complaint:
 * true`, or when its theme is one of compliance. It is resolved by the first `ticket_closed`, or by an `issue_resolved` that
 * names it, and both only count before `to`.
 */
export interface ComplaintsQuestion extends Stretch {
  readonly rowsMax: number;
}

/** Complaints about what we do with people's data and attention; a target of its own goes by them. */
export const COMPLIANCE_THEMES: readonly string[] = Object.freeze(['privacy', 'unwanted_contact']);

const COLUMNS = [
  'theme',
  'item',
  'complaints',
  'orders',
  'rate',
  'resolved',
  'hours_median',
  'hours_p90',
] as const;

export async function complaints(question: ComplaintsQuestion, ask: Ask): Promise<Finding> {
  const { from, to } = question;
  const rows = await ask(countsSql(question));
  const of = (level: number): readonly JsonObject[] => rows.filter((row) => Number(row.level) === level);
  const [orders] = await ask(`SELECT count() AS n FROM (${goodsSql(question)})`);
  const ordersOf = await ordersByItem(question, of(0), ask);
  const [contacted] = await ask(contactedSql(question));
  const [total] = of(2);
  const all = Number(orders?.n ?? 0);
  const compliance = Number(total?.compliance ?? 0);
  const people = Number(contacted?.people ?? 0);
  const items = of(0).map((row): JsonObject => {
    const item = String(row.item);
    return {
      theme: String(row.theme),
      item,
      ...countsOf(row, item === '' ? all : (ordersOf.get(item) ?? 0)),
    };
  });
  const answer: JsonObject = {
    ...{ from, to, tickets: Number(total?.tickets ?? 0) },
    ...countsOf(total, all),
    open: Number(total?.complained ?? 0) - Number(total?.resolved ?? 0),
    compliance: { complaints: compliance, people_contacted: people, rate: rate(compliance, people) },
    themes: of(1).map((row) => ({ theme: String(row.theme), ...countsOf(row, all) })),
    items,
  };
  return { answer, table: tableOf(COLUMNS, items) };
}

function countsOf(row: JsonObject | undefined, orders: number): JsonObject {
  const complained = Number(row?.complained ?? 0);
  return {
    complaints: complained,
    orders,
    rate: rate(complained, orders),
    resolved: Number(row?.resolved ?? 0),
    hours_median: hours(row?.median),
    hours_p90: hours(row?.p90),
  };
}

/** Null of nothing, which ClickHouse calls no number. */
function hours(ms: unknown): number | null {
  return typeof ms === 'number' ? Math.round((Math.round(ms) / HOUR_MS) * 100) / 100 : null;
}

const PROPERTY = (name: string): string => `JSONExtractString(raw, 'properties', '${name}')`;
const LAST = '(time, source, event_id)';

/** One row per case that was opened before `to`: `opened`, `closed` (ms, 0 while it is open), `theme`, `item`, `complaint`. */
function ticketsSql({ to }: ComplaintsQuestion): string {
  const settled =
    `SELECT arrayJoin(JSONExtract(raw, 'properties', 'ticket_ids', 'Array(String)')) AS ticket, ` +
    `min(toUnixTimestamp64Milli(time)) AS settled FROM events WHERE type = 'issue_resolved' AND time < ${moment(to)} GROUP BY ticket`;
  const told =
    `SELECT type, time, source, event_id, toUnixTimestamp64Milli(time) AS at, item_id AS goods, ` +
    `${PROPERTY('ticket_id')} AS ticket, ` +
    `replaceRegexpAll(trimBoth(lowerUTF8(${PROPERTY('theme')})), '[\\\\s-]+', '_') AS about, ` +
    `JSONExtractBool(raw, 'properties', 'complaint') AS complained FROM events ` +
    `WHERE type IN ('ticket_opened', 'ticket_updated', 'ticket_closed') AND time < ${moment(to)}`;
  const cases =
    `SELECT ticket, if(countIf(type = 'ticket_opened') > 0, minIf(at, type = 'ticket_opened'), min(at)) AS opened, ` +
    `minIf(at, type = 'ticket_closed') AS closed_at, argMaxIf(about, ${LAST}, about != '') AS theme, ` +
    `argMaxIf(goods, ${LAST}, goods != '') AS item, ` +
    `max(complained) OR theme IN (${listed(COMPLIANCE_THEMES)}) AS complaint FROM (${told}) WHERE ticket != '' GROUP BY ticket`;
  const first = 'if(closed_at = 0 OR (settled > 0 AND settled < closed_at), settled, closed_at)';
  return (
    `SELECT opened, ${first} AS closed, theme, item, complaint FROM (${cases}) AS cases ` +
    `LEFT ANY JOIN (${settled}) AS issues ON issues.ticket = cases.ticket`
  );
}

function countsSql(question: ComplaintsQuestion): string {
  const { from, rowsMax } = question;
  const took = (level: number): string =>
    `quantileExactInclusiveIf(${level})(toFloat64(greatest(closed - opened, 0)), complaint AND closed > 0)`;
  return (
    `SELECT grouping(theme) + grouping(item) AS level, theme, item, count() AS tickets, countIf(complaint) AS complained, ` +
    `countIf(complaint AND closed > 0) AS resolved, countIf(theme IN (${listed(COMPLIANCE_THEMES)})) AS compliance, ` +
    `${took(0.5)} AS median, ${took(0.9)} AS p90 FROM (${ticketsSql(question)}) WHERE opened >= ${from} ` +
    `GROUP BY GROUPING SETS ((theme, item), (theme), ()) HAVING complained > 0 OR level = 2 ` +
    `ORDER BY level DESC, complained DESC, theme, item LIMIT ${rowsMax}`
  );
}

async function ordersByItem(
  question: ComplaintsQuestion,
  rows: readonly JsonObject[],
  ask: Ask,
): Promise<ReadonlyMap<string, number>> {
  const items = [...new Set(rows.map(({ item }) => String(item)))].filter((item) => item !== '');
  if (items.length === 0) return new Map();
  const found = await ask(
    `SELECT i AS item, count() AS n FROM (SELECT arrayJoin(arrayDistinct(lines.1)) AS i FROM (${goodsSql(question)})) ` +
      `WHERE i IN (${listed(items)}) GROUP BY i`,
  );
  return new Map(found.map(({ item, n }) => [String(item), Number(n)]));
}

/** Whom a message reached for: a trigger that fired for them, or a `message_sent` of whatever system. */
function contactedSql(question: ComplaintsQuestion): string {
  const sent =
    `SELECT facet_id, ${THEN} FROM events WHERE type = 'message_sent' AND ${within(question)} ` +
    `AND profile_id != '${UNATTRIBUTED}' GROUP BY facet_id`;
  const fired =
    `SELECT if(merged.merged_into = '', d.profile_id, merged.merged_into) AS person FROM decisions AS d ` +
    `LEFT ANY JOIN profiles_merged AS merged ON merged.profile_id = d.profile_id ` +
    `WHERE ${within(question, 'd.at')} AND d.decision = 'fired'`;
  return `SELECT uniqExact(person) AS people FROM (SELECT person FROM ${byPerson(sent)} UNION ALL ${fired})`;
}
