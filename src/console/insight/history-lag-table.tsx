import { Table } from '../parts/table.tsx';
import { formatNumber, words } from '../words/words.ts';
import type { Metrics } from './read-metrics.ts';

/** How far history is behind, partition by partition. */
export function HistoryLagTable({ metrics }: { readonly metrics: Metrics }) {
  const texts = words.value.insight;
  const seconds = metrics.by('tessera_history_lag_seconds', 'partition');
  const rows = [...metrics.by('tessera_history_lag_rows', 'partition')].map(([partition, waiting]) => ({
    ...{ partition, waiting },
    seconds: seconds.get(partition) ?? 0,
  }));
  return (
    <Table
      label={texts.historyByPartition}
      rows={rows}
      keyOf={({ partition }) => partition}
      empty={texts.noHistoryLag}
      columns={[
        { title: texts.columns.partition, cell: ({ partition }) => partition },
        { title: texts.historyRows, cell: ({ waiting }) => formatNumber(waiting), number: true },
        { title: texts.historySeconds, cell: (row) => formatNumber(row.seconds), number: true },
      ]}
    />
  );
}
