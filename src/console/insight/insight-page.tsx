import { Tabs, tabOf } from '../parts/tabs.tsx';
import { place } from '../router.ts';
import { words } from '../words/words.ts';
import { Health } from './health.tsx';
import './insight.css';
import { QualityCards } from './quality-cards.tsx';
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

function View({ name }: { readonly name: ReportName | 'quality' | 'health' }) {
  if (name === 'health') return <Health />;
  if (name === 'quality') return <QualityCards />;
  return <Report name={name} />;
}
