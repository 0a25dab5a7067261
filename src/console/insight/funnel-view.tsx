import { formatNumber, formatPercent, words } from '../words/words.ts';
import { BarList } from './bar-list.tsx';
import { FiguresTable } from './figures-table.tsx';
import { Missing } from './missing.tsx';

interface FunnelStep {
  readonly event: string;
  readonly people: number;
  readonly conversion: number | null;
  readonly step_conversion: number | null;
}

export interface FunnelAnswer {
  readonly steps: readonly FunnelStep[];
}

/** Who comes how far. */
export function FunnelView({ answer: { steps } }: { readonly answer: FunnelAnswer }) {
  const texts = words.value.insight;
  if ((steps[0]?.people ?? 0) === 0) return <Missing name="funnel" />;
  return (
    <>
      <BarList
        label={texts.reports.funnel}
        full={steps[0]?.people ?? 0}
        bars={steps.map(({ event, people, step_conversion }, n) => ({
          name: event,
          value: people,
          text: (
            <>
              {formatNumber(people)}
              {n > 0 && step_conversion !== null && (
                <span class="quiet small"> · {texts.stepOf(formatPercent(step_conversion))}</span>
              )}
            </>
          ),
        }))}
      />
      <FiguresTable
        label={texts.reports.funnel}
        rows={steps}
        columns={[
          ['event', 'text'],
          ['people', 'count'],
          ['conversion', 'share'],
          ['step_conversion', 'share'],
        ]}
      />
    </>
  );
}
