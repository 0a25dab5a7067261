import { limits } from '../../limits.ts';
import type { JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { History } from '../../ports/history.ts';
import type { QuarantineFilter, ReplayRequest } from '../../serve/quarantine-service.ts';
import { readHistoryRows } from '../past-events.ts';
import { attemptsSql, literal, momentOf, totalSql, whereOf } from './quarantine-sql.ts';

/** An event out of quarantine, and what has become of it so far. */
export interface KeptEvent {
  readonly id: string;
  readonly source: string;
  readonly receivedAt: EpochMs;
  readonly sealed: string;
  readonly attempts: number;
  readonly state: 'waiting' | 'replayed' | 'given_up';
}

export interface Attempts {
  readonly rows: readonly JsonObject[];
  readonly state: KeptEvent['state'];
}

const UNTRIED: Attempts = Object.freeze({ rows: [], state: 'waiting' });

type Reads = Pick<History, 'query'>;

/** What was tried with these events; an event that was never tried is not in it. */
async function attemptsOf(history: Reads, ids: readonly string[]): Promise<ReadonlyMap<string, Attempts>> {
  const found = new Map<string, Attempts>();
  if (ids.length === 0) return found;
  for (const { id, ...row } of await readHistoryRows(history, attemptsSql(ids))) {
    const known = found.get(String(id)) ?? UNTRIED;
    // What is in stays in, whatever a later attempt has come to.
    const state = known.state === 'replayed' ? known.state : (row.state as KeptEvent['state']);
    found.set(String(id), { rows: [...known.rows, row], state });
  }
  return found;
}

/** The same as a question about one event that may never have been tried. */
export async function readAttempts(
  history: Reads,
  ids: readonly string[],
): Promise<(id: string) => Attempts> {
  const found = await attemptsOf(history, ids);
  return (id) => found.get(id) ?? UNTRIED;
}

/** Those that a request names, the oldest first; of a code only those that wait. */
export async function readKept(
  history: Reads,
  { ids, code, limit }: ReplayRequest,
): Promise<readonly KeptEvent[]> {
  const where = whereOf({
    ...(code === undefined ? {} : { code }),
    ...(ids === undefined ? { state: 'waiting' as const } : {}),
  });
  const named = ids === undefined ? '' : ` AND id IN (${ids.map(literal).join(', ')})`;
  return await readEvents(history, await readPlaces(history, where + named, limit));
}

/** How many match, and when the last of them was received. */
export async function countKept(
  history: Reads,
  filter: QuarantineFilter,
): Promise<{ readonly total: number; readonly latest: EpochMs }> {
  const [row] = await readHistoryRows(history, totalSql(filter));
  return { total: Number(row?.events ?? 0), latest: Number(row?.latest ?? 0) };
}

/**
 * All that match, the oldest first, page by page: however many there are, few are in memory. Which ones are next is a question about
 * all of them, and asked rarely; what they say is fetched a few at a time. Attempts that are made meanwhile move nothing.
 */
export async function* walkKept(
  history: Reads,
  filter: QuarantineFilter,
): AsyncGenerator<readonly KeptEvent[]> {
  const where = whereOf(filter);
  const limit = limits.quarantinePlacesAtOnce;
  let seen: ReadonlySet<string> = new Set();
  for (let last: Place | undefined; ; ) {
    const places = await readPlaces(
      history,
      last === undefined ? where : `${where} AND ${after(last)}`,
      limit,
    );
    const fresh = places.filter(({ id }) => !seen.has(id));
    for (let from = 0; from < fresh.length; from += limits.quarantinePageEvents)
      yield await readEvents(history, fresh.slice(from, from + limits.quarantinePageEvents));
    last = places.at(-1);
    if (last === undefined || places.length < limit) return;
    // An event that has failed on applying several times has several rows, of one time.
    const { receivedAt } = last;
    seen = new Set(places.filter((place) => place.receivedAt === receivedAt).map(({ id }) => id));
  }
}

const PLACE = '(received_at, `partition`, seq, idx, ord)';

/** Where a row of quarantine stands. */
interface Place {
  readonly id: string;
  readonly receivedAt: EpochMs;
  /** Partition, message, record, number of the row. */
  readonly position: readonly number[];
}

/** The time alone, too: rows lie in its order. */
function after({ receivedAt, position }: Place): string {
  const at = momentOf(receivedAt);
  return `received_at >= ${at} AND ${PLACE} > (${[at, ...position].join(', ')})`;
}

async function readPlaces(history: Reads, where: string, limit: number): Promise<readonly Place[]> {
  const rows = await readHistoryRows(
    history,
    'SELECT id, toUnixTimestamp64Milli(received_at) AS received, `partition`, seq, idx, ord ' +
      `FROM quarantine WHERE ${where} ORDER BY ${PLACE} LIMIT ${limit}`,
  );
  return rows.map(({ id, received, partition, seq, idx, ord }) => ({
    id: String(id),
    receivedAt: Number(received),
    position: [partition, seq, idx, ord].map(Number),
  }));
}

/** The events at these places, in their order, each once. */
async function readEvents(history: Reads, places: readonly Place[]): Promise<readonly KeptEvent[]> {
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined) return [];
  const ids = [...new Set(places.map(({ id }) => id))];
  const rows = await readHistoryRows(
    history,
    'SELECT id, source, toUnixTimestamp64Milli(received_at) AS received, sealed FROM quarantine ' +
      `WHERE received_at BETWEEN ${momentOf(first.receivedAt)} AND ${momentOf(last.receivedAt)} ` +
      `AND id IN (${ids.map(literal).join(', ')}) LIMIT 1 BY id`,
  );
  const byId = new Map(rows.map((row) => [String(row.id), row]));
  const attempts = await readAttempts(history, ids);
  return ids.flatMap((id): readonly KeptEvent[] => {
    const row = byId.get(id);
    if (row === undefined) return [];
    const { rows: tried, state } = attempts(id);
    const { source, received, sealed } = row;
    return [
      {
        id,
        source: String(source),
        receivedAt: Number(received),
        sealed: String(sealed),
        attempts: tried.length,
        state,
      },
    ];
  });
}
