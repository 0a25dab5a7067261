import { useState } from 'preact/hooks';
import { now } from '../page-clock.ts';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import { AlertList } from './alert-list.tsx';
import { MeasureList } from './measure-list.tsx';
import type { QualityAnswer, QualityReport } from './quality-answer.ts';
import { IdentifierCard, QualityParts } from './quality-parts.tsx';
import { VolumeChart } from './volume-chart.tsx';

const STRETCHES = ['latest', 'today', 'yesterday'] as const;
type Stretch = (typeof STRETCHES)[number];

const DAY_MS = 86_400_000;

/** What the data is worth: first what somebody should look at, then how far each measure is from its target, then the details. */
export function QualityCards() {
  const texts = words.value.insight;
  const [stretch, setStretch] = useState<Stretch>('latest');
  const found = useLoad(
    async (signal) =>
      await ask<QualityAnswer>('GET /v1/analytics/quality', { query: queryOf(stretch), signal }),
    [stretch],
  );
  return (
    <div class="grid">
      <Card title={texts.quality} wide>
        <label class="question">
          {texts.stretch}
          <select
            value={stretch}
            onChange={({ currentTarget: { value } }) =>
              setStretch(STRETCHES.find((each) => each === value) ?? 'latest')
            }
          >
            {STRETCHES.map((each) => (
              <option key={each} value={each}>
                {texts.stretches[each]}
              </option>
            ))}
          </select>
        </label>
        <LoadedView of={found}>
          {({ report }) =>
            report === null ? (
              <>
                <p class="quiet empty">{texts.notLooked}</p>
                <button type="button" class="first" onClick={() => setStretch('today')}>
                  {texts.run}
                </button>
              </>
            ) : (
              <Summary report={report} />
            )
          }
        </LoadedView>
      </Card>
      {found.loaded.state === 'ready' && <Details answer={found.loaded.value} />}
    </div>
  );
}

function Summary({ report }: { readonly report: QualityReport }) {
  const texts = words.value.insight;
  return (
    <>
      <p class="quiet small">
        {texts.qualityOf(formatMoment(report.from), formatMoment(report.to), formatNumber(report.events))}
      </p>
      <h3>{texts.findings}</h3>
      <AlertList alerts={report.alerts} />
    </>
  );
}

function Details({ answer: { report, identifiers } }: { readonly answer: QualityAnswer }) {
  const texts = words.value.insight;
  return (
    <>
      {report !== null && (
        <>
          <Card title={texts.measures}>
            <MeasureList report={report} />
          </Card>
          <Card title={texts.volume}>
            <VolumeChart volume={report.volume} />
          </Card>
          <QualityParts report={report} />
        </>
      )}
      <IdentifierCard identifiers={identifiers} />
    </>
  );
}

function queryOf(stretch: Stretch): Readonly<Record<string, string>> {
  if (stretch === 'yesterday') return { day: 'yesterday' };
  if (stretch === 'latest') return {};
  const to = now();
  return { from: new Date(to - DAY_MS).toISOString(), to: new Date(to).toISOString() };
}
