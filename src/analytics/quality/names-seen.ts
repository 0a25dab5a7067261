import type { Ask } from '../analysis.ts';
import { listed } from '../sql-pieces.ts';
import { FROM_OUTSIDE, type QualityQuestion, received } from './question.ts';

/** Where sources and channels are told apart, and how many events there are to be told of. */
export interface NamesSeen {
  readonly events: number;
  /** Columns that have no more than so many values: what is rare beside the others is called other. */
  readonly source: string;
  readonly channel: string;
}

/** Names are as many as senders like; what is gathered by them has a bound. */
export async function namesSeen(question: QualityQuestion, ask: Ask): Promise<NamesSeen> {
  const [row] = await ask(
    `SELECT count() AS events FROM events WHERE ${received(question)} AND ${FROM_OUTSIDE}`,
  );
  return {
    events: Number(row?.events ?? 0),
    source: await bounded('source', question, ask),
    channel: await bounded('channel', question, ask),
  };
}

async function bounded(column: string, question: QualityQuestion, ask: Ask): Promise<string> {
  const { namesMax } = question;
  const rows = await ask(
    `SELECT ${column} AS name FROM events WHERE ${received(question)} AND ${FROM_OUTSIDE} ` +
      `GROUP BY name ORDER BY count() DESC, name LIMIT ${namesMax}`,
  );
  if (rows.length < namesMax) return `toString(${column})`;
  const names = rows.map(({ name }) => String(name));
  return `if(${column} IN (${listed(names)}), toString(${column}), 'other')`;
}
