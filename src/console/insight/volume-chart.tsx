import { formatNumber, words } from '../words/words.ts';
import { FiguresTable } from './figures-table.tsx';
import type { QualityReport } from './quality-answer.ts';

const HEIGHT = 120;

/** What came in each hour, and a step where the usual lies. */
export function VolumeChart({ volume: { hours, anomalies } }: Pick<QualityReport, 'volume'>) {
  const texts = words.value.insight;
  const most = Math.max(1, ...hours.flatMap(({ events, usual }) => [events, usual ?? 0]));
  const top = (value: number): number => HEIGHT - (value / most) * (HEIGHT - 4);
  return (
    <>
      <svg
        class="volume"
        viewBox={`0 0 ${hours.length * 10} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${texts.volume}: ${texts.volumeSaid(hours.length, anomalies.length)}`}
      >
        {hours.map(({ day, hour, events, usual }, n) => (
          <g key={`${day} ${hour}`}>
            <title>{`${day} ${hour}:00: ${formatNumber(events)}`}</title>
            <rect x={n * 10 + 1} y={top(events)} width={8} height={HEIGHT - top(events)} fill="var(--bar)" />
            {usual !== null && (
              <rect x={n * 10} y={top(usual) - 1} width={10} height={2} fill="var(--text)" />
            )}
          </g>
        ))}
      </svg>
      <details class="small">
        <summary>{texts.volumeSaid(hours.length, anomalies.length)}</summary>
        <FiguresTable
          label={texts.volume}
          rows={hours}
          columns={[
            ['day', 'text'],
            ['hour', 'count'],
            ['events', 'count'],
            ['median', 'count', 'usual'],
          ]}
        />
      </details>
    </>
  );
}
