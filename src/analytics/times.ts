import type { JsonObject } from '../model/json.ts';
import { type Ask, type Finding, type Stretch, tableOf } from './analysis.ts';
import { quoted, within } from './sql-pieces.ts';

/** When things happen: by weekday (1 is Monday) and hour of a zone's clock. */
export interface TimesQuestion extends Stretch {
  readonly event: string;
  readonly zone: string;
}

const COLUMNS = ['weekday', 'hour', 'events', 'facets'] as const;

/** `facets` counts the combinations of identifiers that events came with, which people today are made of. */
export async function times(question: TimesQuestion, ask: Ask): Promise<Finding> {
  const { from, to, event, zone } = question;
  const local = `toTimeZone(time, ${quoted(zone)})`;
  const orders = event === 'order_completed' ? ' AND order_ledger' : '';
  const rows = await ask(
    `SELECT toDayOfWeek(${local}) AS weekday, toHour(${local}) AS hour, count() AS events, uniqExact(facet_hash) AS facets ` +
      `FROM events WHERE type = ${quoted(event)}${orders} AND ${within(question)} ` +
      `GROUP BY weekday, hour ORDER BY weekday, hour`,
  );
  const cells: readonly JsonObject[] = rows.map((row) =>
    Object.fromEntries(COLUMNS.map((name) => [name, Number(row[name])])),
  );
  return { answer: { from, to, event, zone, cells }, table: tableOf(COLUMNS, cells) };
}
