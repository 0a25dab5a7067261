import type { JsonObject } from '../model/json.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { goodsSql } from './goods-sql.ts';
import { byPerson, quoted, THEN, within } from './sql-pieces.ts';

/*
 * What the parts of a store do: how often somebody stayed there and how long, and of those who are known, by person and day,
 * who tried something or bought in the same store on the same day, before or after.
 */
export interface ZonesQuestion extends Stretch {
  /** Whose clock divides days. */
  readonly zone: string;
  readonly store?: string;
  readonly rowsMax: number;
}

const COLUMNS = [
  'store',
  'zone',
  'stays',
  'anonymous',
  'seconds',
  'seconds_median',
  'visitors',
  'visitor_days',
  'tried',
  'tried_rate',
  'bought',
  'bought_rate',
] as const;

export async function zones(question: ZonesQuestion, ask: Ask): Promise<Finding> {
  const { from, to, zone } = question;
  const known = new Map((await ask(visitorsSql(question))).map((row) => [keyOf(row), row]));
  const rows = (await ask(staysSql(question))).map((row) => zoneOf(row, known.get(keyOf(row))));
  return { answer: { from, to, zone, zones: rows }, table: tableOf(COLUMNS, rows) };
}

function keyOf({ store, part }: JsonObject): string {
  return JSON.stringify([store, part]);
}

function zoneOf(row: JsonObject, known: JsonObject | undefined): JsonObject {
  const count = (name: string): number => Number(known?.[name] ?? 0);
  const days = count('visitor_days');
  return {
    store: String(row.store),
    zone: String(row.part),
    stays: Number(row.stays),
    anonymous: Number(row.anonymous),
    seconds: Math.round(Number(row.seconds)),
    seconds_median: Number(row.median),
    visitors: count('visitors'),
    visitor_days: days,
    tried: count('tried'),
    tried_rate: rate(count('tried'), days),
    bought: count('bought'),
    bought_rate: rate(count('bought'), days),
  };
}

const PART = `JSONExtractString(raw, 'properties', 'zone')`;

function staysIn(question: ZonesQuestion): string {
  const only = question.store === undefined ? '' : ` AND store = ${quoted(question.store)}`;
  return `type = 'zone_dwelled' AND ${within(question)}${only}`;
}

function staysSql(question: ZonesQuestion): string {
  const seconds = `JSONExtractFloat(raw, 'properties', 'seconds')`;
  return (
    `SELECT store, ${PART} AS part, count() AS stays, countIf(profile_id = '${UNATTRIBUTED}') AS anonymous, sum(${seconds}) AS seconds, ` +
    `quantileExactInclusive(0.5)(${seconds}) AS median FROM events WHERE ${staysIn(question)} ` +
    `GROUP BY store, part ORDER BY stays DESC, store, part LIMIT ${question.rowsMax}`
  );
}

/** A person counts once per zone and day. */
function visitorsSql(question: ZonesQuestion): string {
  const { zone, from, to } = question;
  const day = (time: string): string => `toDate32(${time}, ${quoted(zone)})`;
  const gathered = (where: string, columns: string): string =>
    `SELECT facet_id, ${THEN}, toString(store) AS place, ${day('time')} AS day${columns} FROM events ` +
    `WHERE ${where} AND profile_id != '${UNATTRIBUTED}' GROUP BY facet_id, place, day`;
  const stays = `${gathered(staysIn(question), `, ${PART} AS part`)}, part`;
  const tries = gathered(`type = 'product_tried' AND store != '' AND ${within(question)}`, '');
  const triedOn = `SELECT DISTINCT person, place, day FROM ${byPerson(tries)}`;
  const boughtOn =
    `SELECT DISTINCT person, store AS place, ${day('fromUnixTimestamp64Milli(at)')} AS day ` +
    `FROM ${byPerson(goodsSql({ from, to, soldIn: true }))} WHERE store != ''`;
  return (
    `SELECT place AS store, part, uniqExact(person) AS visitors, count() AS visitor_days, ` +
    `countIf((person, place, day) IN (${triedOn})) AS tried, countIf((person, place, day) IN (${boughtOn})) AS bought FROM ` +
    `(SELECT DISTINCT person, place, part, day FROM ${byPerson(stays)}) GROUP BY store, part`
  );
}
