import { TesseraError } from '../../errors.ts';
import { openKept } from '../../ingest/quarantine.ts';
import type { Sealer } from '../../ingest/seal.ts';
import { shownPath } from '../../ingest/shown-path.ts';
import { limits } from '../../limits.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { History } from '../../ports/history.ts';
import type {
  QuarantineColumn,
  QuarantineFilter,
  QuarantineReader as Reader,
} from '../../serve/quarantine-service.ts';
import type { HistoryPage, PageRequest, ReadOptions } from '../../serve/services.ts';
import { readHistoryRows } from '../past-events.ts';
import { type Attempts, readAttempts } from './kept-events.ts';
import { maskKept } from './mask-kept.ts';
import { countsSql, literal, momentOf, totalSql, whereOf } from './quarantine-sql.ts';

const COLUMNS =
  'id, event_id, source, channel, type, toUnixTimestamp64Milli(received_at) AS received, code, path, message, schema_version, ' +
  '`partition`, seq, idx, ord';
const PLACE = '(received_at, `partition`, seq, idx, ord)';
const CURSOR = /^(\d{1,15})-(\d{1,9})-(\d{1,15})-(\d{1,9})-(\d{1,5})$/;

export interface QuarantineReaderOptions {
  readonly history: Pick<History, 'query'>;
  readonly sealer: Pick<Sealer, 'openQuarantined'>;
}

/** What is kept, out of history. */
export class QuarantineReader implements Reader {
  readonly #history: Pick<History, 'query'>;
  readonly #sealer: Pick<Sealer, 'openQuarantined'>;

  constructor({ history, sealer }: QuarantineReaderOptions) {
    this.#history = history;
    this.#sealer = sealer;
  }

  async list(filter: QuarantineFilter, { limit, before }: PageRequest): Promise<HistoryPage> {
    const older = before === undefined ? '' : ` AND ${PLACE} < ${placeOf(before)}`;
    const newest = '`partition` DESC, seq DESC, idx DESC, ord DESC';
    const rows = await readHistoryRows(
      this.#history,
      `SELECT ${COLUMNS} FROM quarantine WHERE ${whereOf(filter)}${older} ORDER BY received_at DESC, ${newest} LIMIT ${limit + 1}`,
    );
    const page = rows.slice(0, limit);
    const attempts = await readAttempts(
      this.#history,
      page.map(({ id }) => String(id)),
    );
    const shown = page.map((row) => ({ ...shownOf(row), ...summaryOf(attempts(String(row.id))) }));
    const last = page.at(-1);
    if (rows.length <= limit || last === undefined) return { rows: shown };
    const { received, partition, seq, idx, ord } = last;
    return { rows: shown, next: [received, partition, seq, idx, ord].join('-') };
  }

  async counts(filter: QuarantineFilter, by: readonly QuarantineColumn[]): Promise<JsonObject> {
    const max = limits.quarantineGroupsMax;
    const [total] = await readHistoryRows(this.#history, totalSql(filter));
    const rows = await readHistoryRows(this.#history, countsSql(filter, by, max + 1));
    return {
      events: Number(total?.events ?? 0),
      counts: rows.slice(0, max).map((row) => countOf(row, by)),
      ...(rows.length > max ? { more: true } : {}),
    };
  }

  async show(
    id: string,
    { reveal, disclosed }: Pick<ReadOptions, 'reveal' | 'disclosed'>,
  ): Promise<JsonObject | undefined> {
    const [row] = await readHistoryRows(
      this.#history,
      `SELECT ${COLUMNS}, sealed FROM quarantine WHERE id = ${literal(id)} ORDER BY ${PLACE} DESC LIMIT 1`,
    );
    if (row === undefined) return undefined;
    const attempts = (await readAttempts(this.#history, [id]))(id);
    const { way, payload } = this.#open(String(row.sealed));
    if (reveal && payload !== null) disclosed?.ofNobody('quarantine.payload');
    return {
      ...shownOf(row),
      ...summaryOf(attempts),
      tried: attempts.rows.map(attemptOf),
      ...way,
      payload: reveal ? payload : maskKept(payload),
      masked: !reveal,
    };
  }

  /** How it came and what it says; null where its key is gone. */
  #open(sealed: string): { readonly way: JsonObject; readonly payload: JsonValue } {
    try {
      const kept = openKept(sealed, this.#sealer);
      // An event that was in the log is plain JSON.
      if (kept.as === 'taken') return { way: { as: 'taken' }, payload: kept.event as unknown as JsonObject };
      const { dialect, path, publicKey, text } = kept.event;
      const way = { as: 'sent', dialect, route: path, public_key: publicKey };
      return { way, payload: parsed(text) };
    } catch (error) {
      if (error instanceof TesseraError && !error.retryable) return { way: {}, payload: null };
      throw error;
    }
  }
}

/** The text itself where it is no JSON. */
function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function placeOf(cursor: string): string {
  const [, at, ...place] = CURSOR.exec(cursor) ?? [];
  if (at === undefined) throw new TesseraError('invalid_parameter', undefined, { path: 'before' });
  return `(${[momentOf(Number(at)), ...place].join(', ')})`;
}

function shownOf(row: JsonObject): JsonObject {
  const { id, source, code, path, message } = row;
  return {
    id,
    ...given(row, ['event_id', 'type']),
    source,
    ...given(row, ['channel']),
    received_at: Number(row.received),
    code,
    path: shownPath(String(path)),
    message,
    ...given(row, ['schema_version']),
  };
}

function summaryOf({ rows, state }: Attempts): JsonObject {
  const last = rows.at(-1);
  if (last === undefined) return { state, attempts: 0 };
  return { state, attempts: rows.length, last_attempt: attemptOf(last) };
}

function attemptOf(row: JsonObject): JsonObject {
  const { tried, author, status } = row;
  return { at: Number(tried), author, status, ...given(row, ['code', 'path', 'message', 'schema_version']) };
}

function countOf(row: JsonObject, by: readonly QuarantineColumn[]): JsonObject {
  const events = Number(row.events);
  const [replayed, givenUp] = [Number(row.replayed), Number(row.given_up)];
  return {
    ...Object.fromEntries(
      by.map((column) => [column, column === 'path' ? shownPath(String(row.place)) : row[column]]),
    ),
    events,
    waiting: events - replayed - givenUp,
    replayed,
    given_up: givenUp,
    first_received_at: Number(row.first_at),
    last_received_at: Number(row.last_at),
    example: row.example,
  };
}

function given(row: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => row[name] !== '').map((name) => [name, row[name]]));
}
