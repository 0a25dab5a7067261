import { Table } from '../parts/table.tsx';
import { formatNumber, words } from '../words/words.ts';

const DECISIONS = ['fired', 'suppressed', 'deferred', 'held_out', 'revoked'] as const;
const COLORS = {
  fired: 'var(--good)',
  suppressed: 'var(--warn)',
  deferred: 'var(--info)',
  held_out: 'var(--quiet)',
  revoked: 'var(--bad)',
};

export type DayCounts = { readonly date: string } & Readonly<
  Partial<Record<(typeof DECISIONS)[number], number>>
>;

const WIDTH = 900;
const HEIGHT = 140;

/** Decisions per day as stacked bars; the table below says the same. */
export function DaysChart({ days }: { readonly days: readonly DayCounts[] }) {
  const { define: texts, decisions } = words.value;
  const most = Math.max(1, ...days.map((day) => DECISIONS.reduce((sum, each) => sum + (day[each] ?? 0), 0)));
  const step = WIDTH / days.length;
  return (
    <>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} class="graph" role="img" aria-label={texts.backtestChart}>
        {days.map((day, i) => {
          let top = HEIGHT;
          return DECISIONS.map((decision) => {
            const height = ((day[decision] ?? 0) / most) * (HEIGHT - 4);
            top -= height;
            return (
              <rect
                key={`${day.date} ${decision}`}
                x={i * step + 1}
                y={top}
                width={Math.max(1, step - 2)}
                height={height}
                fill={COLORS[decision]}
              />
            );
          });
        })}
      </svg>
      <Table
        label={texts.backtestChart}
        rows={days}
        keyOf={({ date }) => date}
        columns={[
          { title: '', cell: ({ date }) => date },
          ...DECISIONS.map((decision) => ({
            title: decisions[decision],
            number: true,
            cell: (day: DayCounts) => formatNumber(day[decision] ?? 0),
          })),
        ]}
      />
    </>
  );
}
