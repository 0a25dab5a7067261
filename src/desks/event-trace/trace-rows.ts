import { quoted } from '../../analytics/sql-pieces.ts';
import { limits } from '../../limits.ts';
import type { JsonObject } from '../../model/json.ts';
import type { History } from '../../ports/history.ts';
import { readHistoryRows } from '../past-events.ts';

/*
 * What history says of one event id, table by table. Every question is one that an index by event id answers, so that it costs
 * the same however long the past is.
 */
export interface TraceRows {
  /** Applied events, the newest first. */
  readonly events: readonly JsonObject[];
  readonly quarantined: readonly JsonObject[];
  readonly identityChanges: readonly JsonObject[];
  readonly merges: readonly JsonObject[];
  readonly segments: readonly JsonObject[];
  readonly points: readonly JsonObject[];
  readonly decisions: readonly JsonObject[];
}

type Query = Pick<History, 'query'>;

const PLACE = '`partition`, seq, idx';
const OLDEST = 'ORDER BY at, seq, idx, ord';

export async function readTraceRows(history: Query, id: string): Promise<TraceRows> {
  const about = `event_id = ${quoted(id)}`;
  const receipts = `LIMIT ${limits.traceReceiptsMax}`;
  const rows = `LIMIT ${limits.traceRowsMax}`;
  const ask = (sql: string): Promise<readonly JsonObject[]> => readHistoryRows(history, sql);
  const [events, quarantined, identityChanges, merges, segments, points, decisions] = await Promise.all([
    ask(
      `SELECT ${PLACE}, toUnixTimestamp64Milli(received_at) AS received, toUnixTimestamp64Milli(applied_at) AS appended, ` +
        `facet_id, profile_id, raw FROM events WHERE ${about} ORDER BY applied_at DESC, seq DESC, idx DESC ${receipts}`,
    ),
    ask(
      `SELECT id, event_id, source, type, channel, toUnixTimestamp64Milli(received_at) AS received, code, path, message, ` +
        `schema_version, ${PLACE} FROM quarantine WHERE ${about} OR id = ${quoted(id)} ORDER BY received_at DESC ${receipts}`,
    ),
    ask(
      `SELECT change, identifier, rule, reason, profile_id, other_profile_id, source, ${milliseconds} ` +
        `FROM identity_changes WHERE ${about} ${OLDEST} ${rows}`,
    ),
    ask(`SELECT winner, loser, rule, source, ${milliseconds} FROM merges WHERE ${about} ${OLDEST} ${rows}`),
    ask(
      `SELECT segment, change, cause, profile_id, ${milliseconds} FROM segment_changes WHERE ${about} ${OLDEST} ${rows}`,
    ),
    ask(
      `SELECT kind, points, reason, order_id, source, profile_id, ${milliseconds} FROM points WHERE ${about} ${OLDEST} ${rows}`,
    ),
    ask(
      `SELECT id, trigger, decision, reason, profile_id, event_id, channel, payload, trace, ${milliseconds} ` +
        `FROM decisions WHERE ${about} ${OLDEST} ${rows}`,
    ),
  ]);
  return { events, quarantined, identityChanges, merges, segments, points, decisions };
}

const milliseconds = 'toUnixTimestamp64Milli(at) AS moment';

/** Whose facets are now, by facet. */
export async function readOwners(
  history: Query,
  facets: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (facets.length === 0) return new Map();
  const rows = await readHistoryRows(
    history,
    `SELECT facet_id, profile_id FROM facets_now WHERE facet_id IN (${facets.map(quoted).join(', ')})`,
  );
  return new Map(rows.map(({ facet_id, profile_id }) => [String(facet_id), String(profile_id)]));
}
