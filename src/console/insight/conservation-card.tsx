import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import { BarList } from './bar-list.tsx';
import { FiguresTable } from './figures-table.tsx';

interface ConservationAnswer {
  readonly from: number;
  readonly to: number;
  readonly complete: boolean;
  readonly totals: Readonly<Record<(typeof ENDS)[number] | 'received', number>>;
  readonly unexplained: number;
  readonly minutes: readonly { readonly difference: number }[];
  readonly notes: readonly object[];
}

const ENDS = ['applied', 'duplicate', 'quarantined', 'refused'] as const;

/** Whether everything that was received in the last hour came to one end. */
export function ConservationCard() {
  const texts = words.value.insight;
  const found = useLoad(
    async (signal) => await ask<ConservationAnswer>('GET /v1/analytics/conservation', { signal }),
    [],
  );
  return (
    <Card title={texts.conservation} wide>
      <LoadedView of={found}>{(answer) => <Account answer={answer} />}</LoadedView>
    </Card>
  );
}

function Account({ answer }: { readonly answer: ConservationAnswer }) {
  const texts = words.value.insight;
  const { from, to, totals, unexplained, complete, minutes, notes } = answer;
  const odd = minutes.filter(({ difference }) => difference !== 0);
  return (
    <>
      <p role="status" class={unexplained === 0 ? 'good' : 'bad'}>
        {unexplained === 0 ? texts.balanced : texts.unbalanced(formatNumber(unexplained))}
        {!complete && <span class="warn"> {texts.incomplete}</span>}
      </p>
      <p class="small quiet">{texts.conservationSaid(formatMoment(from), formatMoment(to))}</p>
      {totals.received === 0 ? (
        <p class="quiet">{texts.nothingReceived}</p>
      ) : (
        <BarList
          label={texts.conservation}
          full={totals.received}
          bars={(['received', ...ENDS] as const).map((name) => ({
            name: texts.columns[name],
            value: totals[name],
            text: formatNumber(totals[name]),
          }))}
        />
      )}
      {odd.length > 0 && (
        <FiguresTable
          label={texts.columns.difference}
          rows={odd}
          columns={[
            ['minute', 'moment'],
            ['source', 'text'],
            ['received', 'count'],
            ['difference', 'count'],
            ['unexplained', 'count'],
          ]}
        />
      )}
      {notes.length > 0 && (
        <FiguresTable
          label={texts.columns.text}
          rows={notes}
          columns={[
            ['code', 'text'],
            ['partition', 'text'],
            ['text', 'text'],
          ]}
        />
      )}
    </>
  );
}
