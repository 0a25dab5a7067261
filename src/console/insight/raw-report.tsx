import type { Operations } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask as askEngine } from '../session.ts';
import { ValueTree } from './value-tree.tsx';

interface RawReportProps {
  readonly title: string;
  readonly ask: keyof Operations;
}

/** An answer of many parts: lists as tables, the rest as it is named. */
export function RawReport({ title, ask }: RawReportProps) {
  const found = useLoad(async (signal) => await askEngine<unknown>(ask, { signal }), [ask]);
  return (
    <Card title={title} wide>
      <LoadedView of={found}>{(value) => <ValueTree label={title} value={value} />}</LoadedView>
    </Card>
  );
}
