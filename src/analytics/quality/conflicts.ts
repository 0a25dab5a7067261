import type { JsonObject } from '../../model/json.ts';
import { type Ask, rate } from '../analysis.ts';
import { within } from '../sql-pieces.ts';
import { alert, overTarget, type QualityPart } from './judge.ts';
import type { NamesSeen } from './names-seen.ts';
import { bySize, type QualityQuestion } from './question.ts';

export interface Duplicates extends JsonObject {
  readonly received: number;
  readonly duplicates: number;
  readonly rate: number | null;
  readonly target: number;
  readonly sources: readonly JsonObject[];
}

/** As the books of conservation have it: a duplicate leaves no row of its own in history. */
export async function duplicates(
  question: QualityQuestion,
  { source }: NamesSeen,
  ask: Ask,
): Promise<QualityPart<Duplicates>> {
  const rows = await ask(
    `SELECT ${source} AS source_name, sum(received) AS events, sum(duplicate) AS duplicates FROM conservation ` +
      // Books are by the minute.
      `WHERE minute >= toStartOfMinute(fromUnixTimestamp64Milli(toInt64(${question.from}))) ` +
      `AND minute < fromUnixTimestamp64Milli(toInt64(${question.to})) GROUP BY source_name`,
  );
  const sources = bySize(
    rows.map((row) => {
      const [events, again] = [Number(row.events), Number(row.duplicates)];
      return { source: String(row.source_name), events, duplicates: again, rate: rate(again, events) };
    }),
  );
  const { duplicates: target, events: least } = question.rules.targets;
  const total = sources.reduce((sum, each) => sum + each.events, 0);
  const again = sources.reduce((sum, each) => sum + each.duplicates, 0);
  return {
    found: { received: total, duplicates: again, rate: rate(again, total), target, sources },
    rows: sources.map((row) => ({
      ...{ part: 'duplicates', subject: row.source, events: row.events },
      ...{ value: row.duplicates, rate: row.rate, target },
    })),
    alerts: overTarget(sources, {
      code: 'duplicates_high',
      target,
      subject: (row) => row.source,
      enough: (row) => row.events >= least,
    }),
  };
}

export interface Conflicts extends JsonObject {
  readonly refused: number;
  readonly rate: number | null;
  readonly target: number;
  readonly reviews: number;
  readonly merges: number;
  readonly merges_per_thousand: number | null;
  readonly reasons: readonly JsonObject[];
}

/** What identity refused, asked about and merged, by the time of the log. */
export async function conflicts(
  question: QualityQuestion,
  { events }: NamesSeen,
  ask: Ask,
): Promise<QualityPart<Conflicts>> {
  const { rowsMax, rules } = question;
  const at = within(question, 'at');
  const [counts] = await ask(
    `SELECT countIf(change = 'refused') AS refused, countIf(change = 'review_opened') AS reviews FROM identity_changes WHERE ${at}`,
  );
  const [merged] = await ask(`SELECT count() AS merges FROM merges WHERE ${at}`);
  const reasons = await ask(
    `SELECT source, reason, count() AS refused FROM identity_changes WHERE change = 'refused' AND ${at} ` +
      `GROUP BY source, reason ORDER BY refused DESC, source, reason LIMIT ${rowsMax}`,
  );
  const [refused, merges] = [Number(counts?.refused ?? 0), Number(merged?.merges ?? 0)];
  const share = rate(refused, events);
  const { conflicts: target, events: least } = rules.targets;
  return {
    found: {
      ...{ refused, rate: share, target, reviews: Number(counts?.reviews ?? 0), merges },
      merges_per_thousand: events === 0 ? null : Math.round((merges / events) * 1e6) / 1e3,
      reasons: reasons.map((row) => ({
        source: String(row.source),
        reason: String(row.reason),
        refused: Number(row.refused),
      })),
    },
    rows: [{ part: 'conflicts', subject: '', events, value: refused, rate: share, target }],
    alerts:
      events >= least && (share ?? 0) > target ? [alert('conflicts_high', '', [share ?? 0, target])] : [],
  };
}
