import { Tabs, tabOf } from '../parts/tabs.tsx';
import { place } from '../router.ts';
import { words } from '../words/words.ts';
import { Health } from './health.tsx';
import { RawReport } from './raw-report.tsx';
import { Report, type ReportName } from './report.tsx';

/** Reports over history, what the data is worth, and how the system does. */
export function InsightPage() {
  const { title, reports, quality, recommendations, health } = words.value.insight;
  const tabs = { ...reports, recommendations, quality, health };
  const current = tabOf(tabs, place.value.args[0]);
  return (
    <>
      <h1>{title}</h1>
      <Tabs page="insight" label={title} tabs={tabs} current={current} />
      <View key={current} name={current} />
    </>
  );
}

function View({ name }: { readonly name: ReportName | 'recommendations' | 'quality' | 'health' }) {
  if (name === 'health') return <Health />;
  if (name === 'quality')
    return <RawReport title={words.value.insight.quality} ask="GET /v1/analytics/quality" />;
  if (name === 'recommendations')
    return <RawReport title={words.value.insight.recommendations} ask="GET /v1/recommendations/report" />;
  return <Report name={name} />;
}
