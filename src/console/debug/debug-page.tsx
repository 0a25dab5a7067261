import { Tabs, tabOf } from '../parts/tabs.tsx';
import { place } from '../router.ts';
import { words } from '../words/words.ts';
import { EventStream } from './event-stream.tsx';
import { Quarantine } from './quarantine.tsx';
import { Reviews } from './reviews.tsx';
import { Sources } from './sources.tsx';
import { TracePage } from './trace-page.tsx';

const VIEWS = {
  stream: EventStream,
  trace: TracePage,
  quarantine: Quarantine,
  reviews: Reviews,
  sources: Sources,
};

export function DebugPage() {
  const { title, tabs } = words.value.debug;
  const current = tabOf(tabs, place.value.args[0]);
  const View = VIEWS[current];
  return (
    <>
      <h1>{title}</h1>
      <Tabs page="debug" label={title} tabs={tabs} current={current} />
      <View />
    </>
  );
}
