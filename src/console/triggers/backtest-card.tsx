import { useState } from 'preact/hooks';
import { now } from '../page-clock.ts';
import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { useJob } from '../parts/use-job.ts';
import { ask } from '../session.ts';
import { formatPercent, words } from '../words/words.ts';
import { type DayCounts, DaysChart } from './days-chart.tsx';
import { type Draft, fieldOf } from './draft.ts';

interface BacktestResult {
  readonly people: { readonly fired: number; readonly decided: number };
  readonly per_day: readonly DayCounts[];
  readonly followed: {
    readonly ordered: number;
    readonly order_rate: number | null;
    readonly baseline: { readonly order_rate: number | null };
  };
}

const DAY_MS = 86_400_000;

/** What the draft would have done with the past; nothing is sent. */
export function BacktestCard({ draft }: { readonly draft: Draft }) {
  const texts = words.value.define;
  const [from, setFrom] = useState(() => dayOf(now() - 30 * DAY_MS));
  const [to, setTo] = useState(() => dayOf(now() + DAY_MS));
  const { run, progress, result, problem } = useJob<BacktestResult>();
  const start = (): Promise<void> =>
    run(
      async () =>
        await ask('POST /v1/triggers/{name}/backtests', {
          path: { name: fieldOf(draft.fields, ['name']) },
          body: {
            from: `${from}T00:00:00Z`,
            to: `${to}T00:00:00Z`,
            clock: 'event',
            definition: draft.fields,
          },
        }),
    );
  return (
    <Card title={texts.backtest} wide>
      <div class="row">
        <label>
          {texts.from}
          <input type="date" value={from} onChange={({ currentTarget }) => setFrom(currentTarget.value)} />
        </label>
        <label>
          {texts.to}
          <input type="date" value={to} onChange={({ currentTarget }) => setTo(currentTarget.value)} />
        </label>
        <button type="button" onClick={start} disabled={draft.fields === undefined || progress !== undefined}>
          {texts.run}
        </button>
        <span role="status">{progress !== undefined && texts.running(progress.done, progress.total)}</span>
      </div>
      {problem !== undefined && <Failure error={problem} />}
      {result !== undefined && <Outcome result={result} />}
    </Card>
  );
}

function Outcome({ result: { people, per_day, followed } }: { readonly result: BacktestResult }) {
  const texts = words.value.define;
  if (per_day.length === 0) return <p class="quiet">{texts.noDecisions}</p>;
  const rate = (value: number | null): string => (value === null ? '–' : formatPercent(value));
  return (
    <>
      <p>{texts.people(people.fired, people.decided)}</p>
      <p>{texts.orders(followed.ordered, rate(followed.order_rate), rate(followed.baseline.order_rate))}</p>
      <DaysChart days={per_day} />
    </>
  );
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
