import { quoted } from './sql-pieces.ts';

export type Period = 'day' | 'week' | 'month';

export const periods: readonly Period[] = ['day', 'week', 'month'];

/** The number of the period that a DateTime expression lies in, by the clock of a zone: following periods have following numbers. */
export function periodSql(period: Period, time: string, zone: string): string {
  const day = `toDate32(${time}, ${quoted(zone)})`;
  if (period === 'day') return `toInt32(${day})`;
  // Weeks begin on Mondays; 1970-01-01 was a Thursday.
  if (period === 'week') return `intDiv(toInt32(${day}) + 3, 7)`;
  return `toInt32(toYear(${day}) * 12 + toMonth(${day}) - 1)`;
}

/** The first day of a period, such as 2026-11-01. */
export function dayOfPeriod(period: Period, number: number): string {
  const date =
    period === 'month'
      ? new Date(Date.UTC(Math.floor(number / 12), number % 12, 1))
      : new Date((period === 'day' ? number : number * 7 - 3) * 86_400_000);
  return date.toISOString().slice(0, 10);
}
