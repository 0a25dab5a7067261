import { now } from '../page-clock.ts';
import { Card } from '../parts/card.tsx';
import { Fact } from '../parts/fact.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatNumber, formatPercent, words } from '../words/words.ts';

const DAYS = 30;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

interface Group {
  readonly people: number;
  readonly ordered: number;
  readonly order_rate: number | null;
  readonly interval: Bounds | null;
}

interface Report {
  readonly days: number;
  readonly complete: boolean;
  readonly messages: Readonly<Record<string, number>>;
  readonly exposed: Group;
  readonly held_out: Group;
  readonly lift: { readonly difference: number | null; readonly interval: Bounds | null };
}

/** What a trigger in force has brought: its messages, and who ordered afterwards beside those it was held back from. */
export function ResultsCard({ name }: { readonly name: string }) {
  const texts = words.value.define;
  const found = useLoad(
    async (signal) =>
      await ask<Report>('GET /v1/triggers/{name}/report', {
        path: { name },
        query: { from: new Date(now() - DAYS * 86_400_000).toISOString(), to: new Date(now()).toISOString() },
        signal,
      }),
    [name],
  );
  return (
    <Card title={texts.results}>
      <LoadedView of={found}>{(report) => <Results report={report} />}</LoadedView>
    </Card>
  );
}

function Results({ report }: { readonly report: Report }) {
  const texts = words.value.define;
  const { messages, exposed, held_out, lift, days, complete } = report;
  const groups = [
    { title: texts.exposed, group: exposed },
    { title: texts.heldOut, group: held_out },
  ];
  return (
    <>
      <p class="small quiet">{texts.resultsHint(DAYS, days)}</p>
      <dl class="facts">
        {Object.entries(texts.messages).map(([key, title]) => (
          <Fact key={key} name={title} value={formatNumber(messages[key] ?? 0)} />
        ))}
      </dl>
      <Table
        label={texts.results}
        rows={groups}
        keyOf={({ title }) => title}
        columns={[
          { title: '', cell: ({ title }) => title },
          { title: texts.peopleColumn, number: true, cell: ({ group }) => formatNumber(group.people) },
          { title: texts.ordered, number: true, cell: ({ group }) => formatNumber(group.ordered) },
          {
            title: texts.conversion,
            number: true,
            cell: ({ group }) => withBounds(group.order_rate, group.interval),
          },
        ]}
      />
      <p>
        {texts.lift}: <strong>{withBounds(lift.difference, lift.interval)}</strong>
      </p>
      {lift.difference === null && <p class="small quiet">{texts.noHoldout}</p>}
      {!complete && <p class="small quiet">{texts.notComplete(days)}</p>}
    </>
  );
}

function withBounds(value: number | null, bounds: Bounds | null): string {
  if (value === null) return '–';
  const within = bounds === null ? '' : ` (${formatPercent(bounds.low)} … ${formatPercent(bounds.high)})`;
  return `${formatPercent(value)}${within}`;
}
