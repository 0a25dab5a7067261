import { useState } from 'preact/hooks';
import { now } from '../page-clock.ts';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { words } from '../words/words.ts';
import { FunnelBars, type FunnelStep } from './funnel-bars.tsx';
import { ReportTable, type TableAnswer } from './report-table.tsx';
import { type RfmCell, RfmGrid } from './rfm-grid.tsx';

const REPORTS = ['rfm', 'funnel', 'retention', 'clv', 'campaigns', 'channels', 'basket', 'times'] as const;
export type ReportName = (typeof REPORTS)[number];

const DAY_MS = 86_400_000;
const STEPS = 'product_viewed,product_added,order_completed';

/** What a report may say beyond its rows. */
interface Pictured {
  readonly cells?: readonly RfmCell[];
  readonly steps?: readonly FunnelStep[];
}

interface Asked {
  readonly days: number;
  readonly steps: string;
}

/** One report: how it is asked, a picture where one says more than rows, and its rows. */
export function Report({ name }: { readonly name: ReportName }) {
  const texts = words.value.insight;
  const [asked, setAsked] = useState<Asked>({ days: 90, steps: STEPS });
  const query = queryOf(name, asked);
  const about = JSON.stringify(query);
  const rows = useLoad(
    async (signal) =>
      await ask<TableAnswer>(`GET /v1/analytics/${name}`, { query: { ...query, format: 'table' }, signal }),
    [name, about],
  );
  const pictured = useLoad(
    async (signal) =>
      name === 'rfm' || name === 'funnel'
        ? await ask<Pictured>(`GET /v1/analytics/${name}`, { query, signal })
        : undefined,
    [name, about],
  );
  return (
    <Card title={texts.reports[name]} wide>
      <Question name={name} asked={asked} change={setAsked} />
      <LoadedView of={pictured}>
        {(picture) => (
          <>
            {picture?.cells !== undefined && <RfmGrid cells={picture.cells} />}
            {picture?.steps !== undefined && <FunnelBars steps={picture.steps} />}
          </>
        )}
      </LoadedView>
      <LoadedView of={rows}>
        {(table) => <ReportTable label={texts.reports[name]} table={table} />}
      </LoadedView>
    </Card>
  );
}

function queryOf(name: ReportName, { days, steps }: Asked): Readonly<Record<string, string>> {
  if (name === 'rfm') return {};
  const from = new Date(Math.floor((now() - days * DAY_MS) / DAY_MS) * DAY_MS).toISOString();
  return name === 'funnel' ? { from, steps } : { from };
}

interface QuestionProps {
  readonly name: ReportName;
  readonly asked: Asked;
  readonly change: (asked: Asked) => void;
}

function Question({ name, asked, change }: QuestionProps) {
  const texts = words.value.insight;
  const [draft, setDraft] = useState(asked);
  if (name === 'rfm') return null;
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        change(draft);
      }}
    >
      <label>
        {texts.days}
        <input
          inputMode="numeric"
          value={String(draft.days)}
          onInput={({ currentTarget }) => setDraft({ ...draft, days: Number(currentTarget.value) || 1 })}
        />
      </label>
      {name === 'funnel' && (
        <label class="stretch">
          {texts.steps}
          <input
            value={draft.steps}
            onInput={({ currentTarget }) => setDraft({ ...draft, steps: currentTarget.value })}
          />
        </label>
      )}
      <button type="submit">{texts.run}</button>
    </form>
  );
}
