import { formatNumber, formatShort, words } from '../words/words.ts';
import { HeatTable } from './heat-table.tsx';
import { Missing } from './missing.tsx';

interface TimeCell {
  /** From Monday, 1. */
  readonly weekday: number;
  readonly hour: number;
  readonly events: number;
}

export interface TimesAnswer {
  readonly zone: string;
  readonly cells: readonly TimeCell[];
}

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** When in the week it happens. */
export function TimesView({ answer: { zone, cells } }: { readonly answer: TimesAnswer }) {
  const texts = words.value.insight;
  if (cells.length === 0) return <Missing name="times" />;
  const found = new Map(cells.map(({ weekday, hour, events }) => [`${weekday} ${hour}`, events]));
  const most = Math.max(...cells.map(({ events }) => events));
  return (
    <HeatTable
      label={`${texts.reports.times} (${zone})`}
      corner={texts.columns.hour}
      columns={HOURS.map(String)}
      rows={DAYS.map((day) => ({
        name: texts.weekdays[day],
        cells: HOURS.map((hour) => {
          const events = found.get(`${day} ${hour}`) ?? 0;
          return {
            share: events / most,
            text: events === 0 ? '·' : formatShort(events),
            said: texts.hourCell(texts.weekdays[day], hour, formatNumber(events)),
          };
        }),
      }))}
    />
  );
}
