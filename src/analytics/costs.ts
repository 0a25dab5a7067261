import type { JsonObject } from '../model/json.ts';
import { formatMinor } from '../model/money.ts';
import { type Ask, type Finding, type Stretch, tableOf } from './analysis.ts';
import { quoted } from './sql-pieces.ts';

/** What was spent on messages, day by day, as it was told last. */
export interface CostsQuestion extends Stretch {
  /** The first and the last day, such as 2026-11-01. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly rowsMax: number;
}

const COLUMNS = ['kind', 'campaign', 'day', 'amount', 'currency', 'author', 'told_at'] as const;

/** Of days of a question; days without costs have no row. */
export function costsOfDays({ firstDay, lastDay }: Pick<CostsQuestion, 'firstDay' | 'lastDay'>): string {
  return `(SELECT * FROM costs WHERE amount != 0 AND day >= ${quoted(firstDay)} AND day <= ${quoted(lastDay)})`;
}

export async function costs(question: CostsQuestion, ask: Ask): Promise<Finding> {
  const { from, to, rowsMax } = question;
  const found = await ask(
    `SELECT kind, name, toString(day) AS spent_on, amount, currency, author, toUnixTimestamp64Milli(at) AS told_at ` +
      `FROM ${costsOfDays(question)} ORDER BY spent_on, kind, name, currency LIMIT ${rowsMax}`,
  );
  const rows = found.map((row): JsonObject => {
    const currency = String(row.currency);
    return {
      kind: String(row.kind),
      campaign: String(row.name),
      day: String(row.spent_on),
      amount: formatMinor(Number(row.amount), currency),
      currency,
      author: String(row.author),
      told_at: Number(row.told_at),
    };
  });
  return { answer: { from, to, costs: rows }, table: tableOf(COLUMNS, rows) };
}
