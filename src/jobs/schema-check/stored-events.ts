import { readHistoryRows } from '../../desks/past-events.ts';
import { quoted } from '../../desks/profile-history/history-bound.ts';
import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { History } from '../../ports/history.ts';

/** Events of one type that were received within a stretch of time. */
export interface StoredEventsQuestion {
  readonly type: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** How much of it is in memory at once; one event at least. */
export interface PageBounds {
  readonly events: number;
  readonly bytes: number;
}

const PAGE: PageBounds = Object.freeze({
  events: limits.schemaCheckPageEvents,
  bytes: limits.schemaCheckPageBytes,
});

type Asking = Pick<History, 'query'>;

export async function countStoredEvents(history: Asking, question: StoredEventsQuestion): Promise<number> {
  const [row] = await readHistoryRows(history, `SELECT count() AS n FROM events WHERE ${within(question)}`);
  return Number(row?.n ?? 0);
}

/** Page by page, in the order in which the table lies, so that no page reads what another one has read. */
export async function* readStoredEvents(
  history: Asking,
  question: StoredEventsQuestion,
  bounds = PAGE,
): AsyncGenerator<readonly Event[]> {
  for (let after: JsonObject | undefined; ; ) {
    const rows = await readHistoryRows(history, pageOf(question, after, bounds));
    after = rows.at(-1);
    if (after === undefined) return;
    // Written by this project, from events that ingest had checked.
    yield rows.map(({ raw }) => JSON.parse(String(raw)) as Event);
  }
}

/** As many as fit into memory: of texts that are long, fewer. */
function pageOf(
  question: StoredEventsQuestion,
  after: JsonObject | undefined,
  { events, bytes }: PageBounds,
): string {
  const beyond = after === undefined ? '' : ` AND ${behind(after)}`;
  const order = 'toDate(time), facet_id, time, event_id, `partition`, seq, idx';
  return (
    `SELECT toString(toDate(time)) AS day, facet_id, toUnixTimestamp64Milli(time) AS ms, event_id, ` +
    `\`partition\` AS part, seq, idx, raw FROM (` +
    `SELECT *, sum(length(raw)) OVER (ORDER BY ${order} ROWS UNBOUNDED PRECEDING) - length(raw) AS before FROM (` +
    `SELECT time, facet_id, event_id, \`partition\`, seq, idx, raw FROM events WHERE ${within(question)}${beyond} ` +
    `ORDER BY ${order} LIMIT ${events})) WHERE before < ${bytes} ORDER BY ${order}`
  );
}

function within({ type, from, to }: StoredEventsQuestion): string {
  return (
    `type = ${quoted([type])} AND received_at >= fromUnixTimestamp64Milli(${Math.trunc(from)}) ` +
    `AND received_at < fromUnixTimestamp64Milli(${Math.trunc(to)})`
  );
}

/** What lies behind a row, in words by which the table's index knows where to go on: a comparison of tuples tells it nothing. */
function behind({ day, facet_id: facet, ms, event_id: event, part, seq, idx }: JsonObject): string {
  const date = `toDate(${quoted([String(day)])})`;
  const name = quoted([String(facet)]);
  const at = `fromUnixTimestamp64Milli(${Number(ms)})`;
  const place = `${at}, ${quoted([String(event)])}, ${Number(part)}, ${Number(seq)}, ${Number(idx)}`;
  const later = `facet_id > ${name} OR (facet_id = ${name} AND (time, event_id, \`partition\`, seq, idx) > (${place}))`;
  return `(toDate(time) > ${date} OR (toDate(time) = ${date} AND (${later})))`;
}
