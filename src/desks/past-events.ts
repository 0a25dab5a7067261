import type { Event } from '../model/event.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Position } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { History } from '../ports/history.ts';

/** Where history says that an event was applied. */
export interface PastPosition extends Position {
  /** Number of the partition; one log is meant where it is absent. */
  readonly partition?: number;
}

/** An event that history holds, not parsed yet. */
export interface PastEvent {
  readonly position: PastPosition;
  /** Append time of its record: the only clock of the fold that it went through. */
  readonly now: EpochMs;
  /** What history calls the facet that it went into. */
  readonly facet: string;
  /** The canonical event, as the log held it. */
  readonly raw: string;
}

/** Events that were applied, in the order of the log. What `where` holds goes into the query as it stands. */
export async function readPastEvents(
  history: Pick<History, 'query'>,
  { where, limit }: { readonly where: readonly string[]; readonly limit: number },
): Promise<readonly PastEvent[]> {
  const rows = await readHistoryRows(
    history,
    `SELECT seq, idx, toUnixTimestamp64Milli(applied_at) AS at, facet_id, raw FROM events ` +
      `WHERE ${where.join(' AND ')} ORDER BY seq, idx LIMIT ${limit}`,
  );
  return rows.map(pastEventOf);
}

/** The rows of a query; 64-bit integers may come as text. */
export async function readHistoryRows(
  history: Pick<History, 'query'>,
  sql: string,
): Promise<readonly JsonObject[]> {
  const text = await history.query(sql, 'JSONEachRow');
  const rows: JsonObject[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const row: unknown = JSON.parse(line);
    if (isJsonObject(row)) rows.push(row);
  }
  return rows;
}

/** Written by this project, from an event that ingest had checked. */
export function parsePastEvent({ raw }: PastEvent): Event {
  return JSON.parse(raw) as Event;
}

function pastEventOf({ seq, idx, at, facet_id, raw }: JsonObject): PastEvent {
  return {
    position: { seq: Number(seq), index: Number(idx) },
    now: Number(at),
    facet: String(facet_id),
    raw: String(raw),
  };
}
