import { quoted } from '../../analytics/sql-pieces.ts';
import { type PastEvent, type PastPosition, readHistoryRows } from '../../desks/past-events.ts';
import { TesseraError } from '../../errors.ts';
import { readsOrders } from '../../features/fill-facet.ts';
import { limits } from '../../limits.ts';
import type { FeatureDefinition } from '../../model/feature.ts';
import type { JsonObject } from '../../model/json.ts';
import type { History } from '../../ports/history.ts';

/** What features read of the past. */
export interface FeaturesPast {
  /** Only what came before these, each in its partition. */
  readonly cuts: readonly Required<PastPosition>[];
  readonly types: readonly string[];
  /** Whether every fact of an order matters, of whatever type. */
  readonly orders: boolean;
}

/** Where reading goes on: behind this event, or behind all of the facet. */
export interface PlaceInPast {
  readonly facet: string;
  readonly position?: PastPosition;
}

/** Applied events of before the cuts, in order of their facets and then of the logs: one facet is whole before the next. */
export interface PastOfFeatures {
  /** Those of facets after this one. */
  count(past: FeaturesPast, after: string): Promise<number>;
  /** Some of what comes next; none at the end. */
  read(past: FeaturesPast, after: PlaceInPast): Promise<readonly PastEvent[]>;
}

export function pastOf(definitions: readonly FeatureDefinition[], cuts: FeaturesPast['cuts']): FeaturesPast {
  return {
    cuts,
    types: [...new Set(definitions.flatMap(({ on }) => on))].sort(),
    orders: readsOrders(definitions),
  };
}

interface PastOptions {
  readonly history: Pick<History, 'query'>;
}

/**
 * Facet after facet, because then one facet at a time is in memory, whatever there is of history. A page first asks for
 * the facet at which it will end: that reads a column that compresses to almost nothing, and bounds what the second
 * question has to read and sort of the events themselves.
 */
export function createPastOfFeatures({ history }: PastOptions): PastOfFeatures {
  const within = ({ cuts, types, orders }: FeaturesPast): readonly string[] => {
    const named = `type IN (${types.map(quoted).join(', ')})`;
    return [`(${cuts.map(before).join(' OR ')})`, orders ? `(${named} OR order_ledger)` : named];
  };
  const ask = (sql: string): Promise<readonly JsonObject[]> => readHistoryRows(history, sql);
  const readPage = async (
    past: FeaturesPast,
    after: PlaceInPast,
    rows: number,
  ): Promise<readonly PastEvent[]> => {
    const where = within(past).join(' AND ');
    const [end] = await ask(
      `SELECT facet_id FROM events WHERE ${where} AND facet_id > ${quoted(after.facet)} ` +
        `ORDER BY facet_id LIMIT 1 OFFSET ${rows - 1}`,
    );
    const upTo = end === undefined ? '' : ` AND facet_id <= ${quoted(String(end.facet_id))}`;
    const found = await ask(
      `SELECT \`partition\`, seq, idx, toUnixTimestamp64Milli(applied_at) AS at, facet_id, raw FROM events ` +
        `WHERE ${where} AND ${behind(after)}${upTo} ORDER BY facet_id, \`partition\`, seq, idx LIMIT ${rows}`,
    );
    return found.map(pastEventOf);
  };
  return {
    async count(past, after) {
      const where = [...within(past), `facet_id > ${quoted(after)}`].join(' AND ');
      const [row] = await ask(`SELECT count() AS events FROM events WHERE ${where}`);
      return Number(row?.events ?? 0);
    },
    async read(past, after) {
      try {
        return await readPage(past, after, limits.backfillPageRows);
      } catch (error) {
        // Events may be so long that a page of them is more than one answer of history.
        if (!(error instanceof TesseraError && error.code === 'sql_error')) throw error;
        return await readPage(past, after, limits.backfillPageRowsMin);
      }
    },
  };
}

function behind({ facet, position }: PlaceInPast): string {
  if (position === undefined) return `facet_id > ${quoted(facet)}`;
  const { partition = 0, seq, index } = position;
  // The first condition is what the sorting key can use.
  return (
    `facet_id >= ${quoted(facet)} AND ` +
    `(facet_id, \`partition\`, seq, idx) > (${quoted(facet)}, ${partition}, ${seq}, ${index})`
  );
}

function before({ partition, seq, index }: Required<PastPosition>): string {
  return `(\`partition\` = ${partition} AND (seq < ${seq} OR (seq = ${seq} AND idx < ${index})))`;
}

/** 64-bit integers may come as text. */
function pastEventOf({ partition, seq, idx, at, facet_id, raw }: JsonObject): PastEvent {
  return {
    position: { partition: Number(partition), seq: Number(seq), index: Number(idx) },
    now: Number(at),
    facet: String(facet_id),
    raw: String(raw),
  };
}
