import { Data } from '../parts/data.tsx';
import { formatNumber, words } from '../words/words.ts';
import { BarList } from './bar-list.tsx';
import { FiguresTable } from './figures-table.tsx';
import { Missing } from './missing.tsx';

interface Placement {
  readonly placement: string;
  readonly served: number;
  readonly shown: number;
  readonly clicked: number;
  readonly ordered: number;
  readonly strategies: readonly object[];
}

export interface RecommendationsAnswer {
  readonly placements: readonly Placement[];
}

const STAGES = ['served', 'shown', 'clicked', 'ordered'] as const;

/** What came of lists, and which way of finding items brought what. */
export function RecommendationsView({ answer }: { readonly answer: RecommendationsAnswer }) {
  const texts = words.value.insight;
  const { placements } = answer;
  if (placements.length === 0) return <Missing name="recommendations" />;
  return (
    <>
      <div class="grid">
        {placements.map((each) => (
          <section key={each.placement} aria-label={each.placement}>
            <h3>
              <Data value={each.placement} />
            </h3>
            <BarList
              label={each.placement}
              bars={STAGES.map((stage) => ({
                name: texts.columns[stage],
                value: each[stage],
                text: formatNumber(each[stage]),
              }))}
            />
          </section>
        ))}
      </div>
      <FiguresTable
        label={texts.recommendations}
        rows={placements}
        columns={[
          ['placement', 'text'],
          ['served', 'count'],
          ['shown', 'count'],
          ['clicked', 'count'],
          ['ordered', 'count'],
          ['click_rate', 'share'],
          ['order_rate', 'share'],
        ]}
      />
      <h3>{texts.strategies}</h3>
      <FiguresTable
        label={texts.strategies}
        rows={placements.flatMap(({ placement, strategies }) =>
          strategies.map((strategy) => ({ placement, ...strategy })),
        )}
        columns={[
          ['placement', 'text'],
          ['strategy', 'text'],
          ['served', 'count'],
          ['shown', 'count'],
          ['clicked', 'count'],
          ['ordered', 'count'],
          ['click_rate', 'share'],
          ['order_rate', 'share'],
        ]}
      />
    </>
  );
}
