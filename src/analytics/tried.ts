import type { JsonObject } from '../model/json.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import { DAY_MS } from '../model/time.ts';
import { type Ask, type Finding, rate, type Stretch, tableOf } from './analysis.ts';
import { goodsSql } from './goods-sql.ts';
import { byPerson, quoted, within } from './sql-pieces.ts';

/*
 * What is tried and not bought, by store, style and size. A try is bought when the same person orders the same variant within so many
 * days (the same product, where one of the two names no variant), or when its outcome says so; it became another one when they order
 * the product in another variant; else it was not bought. Tries of nobody known are counted apart: nobody can say what came of them.
 */
export interface TriedQuestion extends Stretch {
  /** Within how many days of the try an order counts. */
  readonly days: number;
  readonly store?: string;
  readonly item?: string;
  readonly rowsMax: number;
}

const COLUMNS = [
  'store',
  'item',
  'size',
  'tries',
  'people',
  'bought',
  'bought_other',
  'not_bought',
  'not_bought_rate',
  'anonymous',
] as const;

export async function tried(question: TriedQuestion, ask: Ask): Promise<Finding> {
  const { from, to, days } = question;
  const rows = (await ask(countsSql(question))).map((row): JsonObject => {
    const count = (name: string): number => Number(row[name]);
    const [tries, missed] = [count('tries'), count('not_bought')];
    return {
      store: String(row.store),
      item: String(row.item),
      size: String(row.size),
      tries,
      people: count('people'),
      bought: count('bought'),
      bought_other: count('bought_other'),
      not_bought: missed,
      not_bought_rate: rate(missed, tries),
      anonymous: count('anonymous'),
    };
  });
  return { answer: { from, to, days, tried: rows }, table: tableOf(COLUMNS, rows) };
}

const PROPERTY = (name: string): string => `JSONExtractString(raw, 'properties', '${name}')`;

function countsSql(question: TriedQuestion): string {
  const { from, to, days, store, item, rowsMax } = question;
  const reach = days * DAY_MS;
  const only = [
    ...(store === undefined ? [] : [` AND store = ${quoted(store)}`]),
    ...(item === undefined ? [] : [` AND item_id = ${quoted(item)}`]),
  ].join('');
  const tries =
    `SELECT facet_id, profile_id AS then, toString(store) AS place, item_id AS style, variant_id AS variant, ${PROPERTY('size')} AS size, ` +
    `${PROPERTY('outcome')} AS outcome, toUnixTimestamp64Milli(time) AS at FROM events ` +
    `WHERE type = 'product_tried' AND ${within(question)}${only}`;
  const lines =
    `SELECT person, groupArrayArray(own) AS lines FROM (SELECT person, arrayMap(l -> (at, l.1, l.2), lines) AS own ` +
    `FROM ${byPerson(goodsSql({ from, to: to + reach }))}) GROUP BY person`;
  const same = `l.2 = style AND l.1 >= at AND l.1 <= at + ${reach}`;
  const exact = `variant = '' OR l.3 = '' OR l.3 = variant`;
  const judged =
    `SELECT tried.place AS store, style AS item, size, tried.person AS person, multiIf(outcome = 'bought' OR ` +
    `arrayExists(l -> ${same} AND (${exact}), lines), 'bought', arrayExists(l -> ${same}, lines), 'other', 'none') AS fate ` +
    `FROM ${byPerson(tries)} AS tried LEFT ANY JOIN (${lines}) AS bought ON bought.person = tried.person`;
  const nobodys = `SELECT place, style, size, '', 'nobody' FROM (${tries}) WHERE then = '${UNATTRIBUTED}'`;
  return (
    `SELECT store, item, size, countIf(fate != 'nobody') AS tries, uniqExactIf(person, fate != 'nobody') AS people, ` +
    `countIf(fate = 'bought') AS bought, countIf(fate = 'other') AS bought_other, countIf(fate = 'none') AS not_bought, ` +
    `countIf(fate = 'nobody') AS anonymous FROM (${judged} UNION ALL ${nobodys}) ` +
    `GROUP BY store, item, size ORDER BY not_bought DESC, tries DESC, store, item, size LIMIT ${rowsMax}`
  );
}
