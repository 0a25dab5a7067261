import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { formatMinor } from '../model/money.ts';
import type { DecisionsRequest } from './decision-service.ts';
import type { HistoryPage, HistoryQuery, HistoryRows, PageRequest } from './services.ts';

const PROFILE_ID = /^[\w-]{1,64}$/;

/**
 * Pages of history for the routes that show it. Everything that enters a query has passed a pattern without
 * quotes or is a number, so nothing needs escaping; personal fields stay out of the columns that are asked for.
 */
export function createHistoryRows(history: HistoryQuery): HistoryRows {
  return {
    async events(profileId, page) {
      const owned = `facet_id IN (SELECT facet_id FROM facets_now WHERE profile_id = '${checked(profileId, PROFILE_ID)}')`;
      const where = [owned, ...beforeCursor('time', page)].join(' AND ');
      const rows = await readRows(
        history,
        `SELECT ${EVENT_COLUMNS} FROM events WHERE ${where} ${newest('time', page)}`,
      );
      return pageOf(rows, page, eventOf);
    },
    decisions: (request) => decisionsOf(history, request),
  };
}

const DECISION_COLUMNS =
  'seq, idx, ord, toUnixTimestamp64Milli(at) AS decided, id, trigger, decision, reason, event_id, channel, payload, trace, ' +
  'if(until IS NULL, 0, toUnixTimestamp64Milli(assumeNotNull(until))) AS released';

const TRIGGER = /^[a-z][a-z0-9_]{0,63}$/;
const DECISION = /^[a-z_]{1,16}$/;

/** One record may decide several things at once, so that the place of a row has its number within the record. */
async function decisionsOf(history: HistoryQuery, request: DecisionsRequest): Promise<HistoryPage> {
  const { profileId, trigger, decision, before, limit } = request;
  const id = checked(profileId, PROFILE_ID);
  const where = [
    `profile_id IN (SELECT '${id}' UNION ALL SELECT profile_id FROM profiles_merged WHERE merged_into = '${id}')`,
  ];
  if (trigger !== undefined) where.push(`trigger = '${checked(trigger, TRIGGER)}'`);
  if (decision !== undefined) where.push(`decision = '${checked(decision, DECISION)}'`);
  if (before !== undefined) {
    const [, at, seq, index, ordinal] = /^(\d{1,15})-(\d{1,15})-(\d{1,9})-(\d{1,5})$/.exec(before) ?? [];
    if (at === undefined) throw new TesseraError('invalid_parameter', undefined, { path: 'before' });
    where.push(`(toUnixTimestamp64Milli(at), seq, idx, ord) < (${at}, ${seq}, ${index}, ${ordinal})`);
  }
  const rows = await readRows(
    history,
    `SELECT ${DECISION_COLUMNS} FROM decisions WHERE ${where.join(' AND ')} ` +
      `ORDER BY decisions.at DESC, seq DESC, idx DESC, ord DESC LIMIT ${limit + 1}`,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: shown.map(decisionOf) };
  const next = `${last.decided}-${last.seq}-${last.idx}-${last.ord}`;
  return { rows: shown.map(decisionOf), next };
}

function decisionOf(row: JsonObject): JsonObject {
  const { id, trigger, decision, event_id, channel } = row;
  const until = Number(row.released);
  return {
    id,
    trigger,
    decision,
    ...present(row, ['reason']),
    at: Number(row.decided),
    ...(until === 0 ? {} : { until }),
    event_id,
    channel,
    payload: jsonOf(row.payload),
    trace: jsonOf(row.trace),
  };
}

/** What the engine has written as JSON. */
function jsonOf(text: JsonValue | undefined): JsonValue {
  return typeof text === 'string' && text !== '' ? (JSON.parse(text) as JsonValue) : {};
}

const EVENT_COLUMNS =
  'seq, idx, toUnixTimestamp64Milli(time) AS at, event_id, type, toUnixTimestamp64Milli(received_at) AS received, ' +
  'source, channel, late, currency, order_id, order_transition, refund_id, total, spend, refund, item_id, ' +
  'variant_id, category, brand, store, toString(price) AS unit_price, item_ids, variant_ids, ' +
  'arrayMap(q -> toString(q), quantities) AS line_quantities, arrayMap(p -> toString(p), prices) AS line_prices, ' +
  'amounts';

function checked(text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new TesseraError('invalid_parameter', 'The name cannot be asked for.');
  return text;
}

/** The cursor is the place of the last row that was shown: its time, then its position in the log. */
function beforeCursor(column: string, { before }: PageRequest): readonly string[] {
  if (before === undefined) return [];
  const [, at, seq, index] = /^(\d{1,15})-(\d{1,15})-(\d{1,9})$/.exec(before) ?? [];
  if (at === undefined) throw new TesseraError('invalid_parameter', undefined, { path: 'before' });
  return [`(toUnixTimestamp64Milli(${column}), seq, idx) < (${at}, ${seq}, ${index})`];
}

function newest(column: string, { limit }: PageRequest): string {
  return `ORDER BY ${column} DESC, seq DESC, idx DESC LIMIT ${limit + 1}`;
}

async function readRows(history: HistoryQuery, sql: string): Promise<readonly JsonObject[]> {
  const text = await history.query(sql, 'JSONEachRow');
  const rows: JsonObject[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const row: unknown = JSON.parse(line);
    if (isJsonObject(row)) rows.push(row);
  }
  return rows;
}

/** One row more than asked for was read: it tells whether there is a next page. */
function pageOf(
  rows: readonly JsonObject[],
  { limit }: PageRequest,
  show: (row: JsonObject) => JsonObject,
): HistoryPage {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: shown.map(show) };
  return { rows: shown.map(show), next: `${last.at}-${last.seq}-${last.idx}` };
}

function eventOf(row: JsonObject): JsonObject {
  const lines = linesOf(row);
  return {
    id: row.event_id,
    type: row.type,
    time: Number(row.at),
    received_at: Number(row.received),
    source: row.source,
    channel: row.channel,
    late: row.late === true || row.late === 1,
    ...present(row, ['currency', 'item_id', 'variant_id', 'category', 'brand', 'store']),
    ...(row.unit_price === null || row.unit_price === undefined ? {} : { price: row.unit_price }),
    ...(row.order_transition === '' ? {} : { order: orderOf(row) }),
    ...(lines.length === 0 ? {} : { products: lines }),
  };
}

function present(row: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => row[name] !== '').map((name) => [name, row[name]]));
}

function orderOf(row: JsonObject): JsonObject {
  return {
    ...present(row, ['order_id', 'refund_id']),
    transition: row.order_transition,
    total: amountOf(row.total, row.currency),
    spend: amountOf(row.spend, row.currency),
    refund: amountOf(row.refund, row.currency),
  };
}

function linesOf(row: JsonObject): readonly JsonObject[] {
  const items = arrayOf(row.item_ids);
  const variants = arrayOf(row.variant_ids);
  const quantities = arrayOf(row.line_quantities);
  const prices = arrayOf(row.line_prices);
  const amounts = arrayOf(row.amounts);
  return items.map((item, i) => ({
    item_id: item,
    ...(variants[i] === '' || variants[i] === undefined ? {} : { variant_id: variants[i] }),
    quantity: quantities[i],
    price: prices[i],
    amount: amountOf(amounts[i], row.currency),
  }));
}

function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** Minor units as the decimal text of answers; 64-bit integers may come as text. */
function amountOf(minor: JsonValue | undefined, currency: JsonValue | undefined): JsonValue {
  return typeof currency === 'string' && currency !== '' ? formatMinor(Number(minor), currency) : null;
}
