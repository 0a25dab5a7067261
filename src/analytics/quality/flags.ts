import type { JsonObject, JsonValue } from '../../model/json.ts';
import { UNATTRIBUTED } from '../../model/keys.ts';
import type { FlagDecision, PeopleCheck } from '../../model/quality.ts';
import { DAY_MS } from '../../model/time.ts';
import type { Ask, Stretch } from '../analysis.ts';
import { byPerson, listed, quoted, within } from '../sql-pieces.ts';
import { FROM_OUTSIDE, type QualityQuestion, received } from './question.ts';

/*
 * What is possible and hard to believe: a price far from the item's own median, ten thousand pieces in one line, milk powder for
 * seniors bought by somebody of twenty. Events are taken all the same; each finding is a flag that somebody looks at and settles.
 */
export type FlagCheck = 'price' | 'quantity' | 'people';

export interface Flag extends JsonObject {
  /** The same whenever it is asked: see FLAG_ID. */
  readonly id: string;
  readonly check: FlagCheck;
  /** Of checks of people its name, otherwise the check. */
  readonly rule: string;
  readonly event_id: string;
  readonly at: number;
  readonly source: string;
  readonly channel: string;
  readonly item_id: string;
  /** The price or the quantity; of people nothing, since it is personal. */
  readonly value: number | null;
  /** The median price, the largest quantity or the bound of the rule. */
  readonly usual: number;
  readonly profile_id: string | null;
  readonly status: 'open' | FlagDecision;
  readonly decided_by: string | null;
}

/** What is known of a person now: the value of a trait in clear, which stays in the engine. */
export type ReadTrait = (profileId: string, trait: string) => Promise<JsonValue | undefined>;

export interface Flags {
  readonly flags: readonly Flag[];
  /** True where there are more than are told. */
  readonly more: boolean;
}

type Found = Flag & { readonly status: 'open' };

const GOODS = "arrayFilter((line, kind) -> kind = 'goods', lines, kinds)";
const PLACE = '`partition`, seq, idx, event_id, time, source, channel';

export async function findFlags(
  question: QualityQuestion,
  { ask, readTrait }: { readonly ask: Ask; readonly readTrait: ReadTrait },
): Promise<Flags> {
  const found: Found[] = [];
  found.push(...(await priceFlags(question, ask)), ...(await quantityFlags(question, ask)));
  for (const rule of question.rules.checks.people)
    found.push(...(await peopleFlags(rule, question, { ask, readTrait })));
  const told = found.slice(0, question.rowsMax);
  return { flags: await withDecisions(told, ask), more: found.length > told.length };
}

async function priceFlags(question: QualityQuestion, ask: Ask): Promise<readonly Found[]> {
  const { from, to, rules, rowsMax } = question;
  const { factor, days, observations } = rules.checks.price;
  const past = { from: from - days * DAY_MS, to };
  const usual =
    `SELECT item, currency, quantileBFloat16(0.5)(price) AS median, count() AS prices FROM (${pricesSql(past, 'currency')}) ` +
    `GROUP BY item, currency HAVING prices >= ${observations} AND median > 0`;
  const rows = await ask(
    `SELECT priced.*, usual.median AS usual FROM (${pricesSql(question, `${PLACE}, currency`)}) AS priced ` +
      `INNER JOIN (${usual}) AS usual ON usual.item = priced.item AND usual.currency = priced.currency ` +
      `WHERE price > usual.median * ${factor} OR price < usual.median / ${factor} ` +
      `ORDER BY abs(log(price / usual.median)) DESC, time, seq, idx, line LIMIT ${rowsMax + 1}`,
  );
  return rows.map((row) =>
    flagOf('price', 'price', { row, value: Number(row.price), usual: Number(row.usual) }),
  );
}

/** A row for each price: of the item that an event is about (line 0), and of its product lines. */
function pricesSql(stretch: Stretch, columns: string): string {
  const own = `if(item_id = '' OR price IS NULL, [], [(toUInt32(0), item_id, toFloat64(assumeNotNull(price)))])`;
  const lines = `arrayMap((n, item, price) -> (n, item, toFloat64(price)), arrayEnumerate(item_ids), item_ids, prices)`;
  return (
    `SELECT ${columns}, one.1 AS line, one.2 AS item, one.3 AS price FROM (` +
    `SELECT ${columns}, arrayJoin(arrayConcat(${own}, ${GOODS.replace('lines', lines)})) AS one ` +
    `FROM events WHERE ${within(stretch, 'received_at')} AND ${FROM_OUTSIDE} AND currency != '') WHERE item != '' AND price > 0`
  );
}

async function quantityFlags(question: QualityQuestion, ask: Ask): Promise<readonly Found[]> {
  const { max } = question.rules.checks.quantity;
  const lines =
    'arrayMap((n, item, quantity) -> (n, item, toFloat64(quantity)), arrayEnumerate(item_ids), item_ids, quantities)';
  const added = `if(type = 'product_added', [(toUInt32(0), item_id, JSONExtractFloat(raw, 'properties', 'quantity'))], [])`;
  const rows = await ask(
    `SELECT ${PLACE}, one.1 AS line, one.2 AS item, one.3 AS quantity FROM (` +
      `SELECT ${PLACE}, arrayJoin(arrayConcat(${added}, ${GOODS.replace('lines', lines)})) AS one FROM events ` +
      `WHERE ${received(question)} AND ${FROM_OUTSIDE} AND (notEmpty(item_ids) OR type = 'product_added')) ` +
      `WHERE quantity > ${max} ORDER BY quantity DESC, time, seq, idx, line LIMIT ${question.rowsMax + 1}`,
  );
  return rows.map((row) => flagOf('quantity', 'quantity', { row, value: Number(row.quantity), usual: max }));
}

/** Orders of the category, newest first, so many at most; of each order the first report. */
async function peopleFlags(
  rule: PeopleCheck,
  question: QualityQuestion,
  { ask, readTrait }: { readonly ask: Ask; readonly readTrait: ReadTrait },
): Promise<readonly Found[]> {
  const line = `arrayFirstIndex(category -> startsWith(category, ${quoted(rule.category)}), categories)`;
  const orders =
    `SELECT ${PLACE}, facet_id, profile_id AS then, toUInt32(${line}) AS line, item_ids[line] AS item FROM events ` +
    `WHERE type = 'order_completed' AND ${received(question)} AND profile_id != '${UNATTRIBUTED}' AND line > 0 ` +
    `ORDER BY time, source, event_id LIMIT 1 BY order_namespace, order_id, if(order_id = '', event_id, '')`;
  const rows = await ask(
    `SELECT * FROM ${byPerson(orders)} ORDER BY time DESC, seq, idx LIMIT ${question.rowsMax}`,
  );
  const found: Found[] = [];
  for (const row of rows) {
    const person = String(row.person);
    const value = numberOf(await readTrait(person, rule.trait), millisecondsOf(row.time));
    if (value === undefined) continue;
    const unlikely =
      (rule.under !== undefined && value < rule.under) || (rule.over !== undefined && value > rule.over);
    if (!unlikely) continue;
    const flag = flagOf('people', rule.name, { row, value: null, usual: rule.under ?? rule.over ?? 0 });
    found.push({ ...flag, profile_id: person });
  }
  return found;
}

/** A number as it is; of a date, such as a birthday, the years that have passed. Without a year there is no age. */
export function numberOf(value: JsonValue | undefined, at: number): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const [, year, month, day] = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(value) ?? [];
  if (year === undefined || month === undefined || day === undefined)
    return /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
  const now = new Date(at).toISOString();
  const had = `${month}-${day}` <= now.slice(5, 10);
  return Number(now.slice(0, 4)) - Number(year) - (had ? 0 : 1);
}

function flagOf(
  check: FlagCheck,
  rule: string,
  { row, value, usual }: { readonly row: JsonObject; readonly value: number | null; readonly usual: number },
): Found {
  return {
    id: [rule, row.partition, row.seq, row.idx, row.line].map(String).join('-'),
    ...{ check, rule, event_id: String(row.event_id), at: millisecondsOf(row.time) },
    ...{ source: String(row.source), channel: String(row.channel), item_id: String(row.item), value },
    usual: Math.round(usual * 100) / 100,
    profile_id: null,
    ...{ status: 'open', decided_by: null },
  };
}

/** `2026-11-22 10:00:00.123`, in UTC, as history writes moments. */
function millisecondsOf(time: JsonValue | undefined): number {
  return Date.parse(`${String(time).replace(' ', 'T')}Z`);
}

async function withDecisions(found: readonly Found[], ask: Ask): Promise<readonly Flag[]> {
  if (found.length === 0) return [];
  const rows = await ask(
    `SELECT flag, argMax((decision, author), (seq, idx, ord)) AS newest FROM quality_decisions ` +
      `WHERE flag IN (${listed(found.map(({ id }) => id))}) GROUP BY flag`,
  );
  const settled = new Map(
    rows.map(({ flag, newest }) => [String(flag), Array.isArray(newest) ? newest.map(String) : []]),
  );
  return found.map((flag) => {
    const [decision, author] = settled.get(flag.id) ?? [];
    // One of the two: the command was checked before it became a row.
    return decision === undefined
      ? flag
      : { ...flag, status: decision as FlagDecision, decided_by: author ?? '' };
  });
}
