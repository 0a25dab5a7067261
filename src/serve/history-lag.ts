import type { Metrics } from './metrics.ts';

/** How far the history of one partition is behind its state. */
export interface HistoryLag {
  readonly rowsWaiting: number;
  readonly bytesWaiting: number;
  /** Since when the oldest of them wait; 0 when none do. */
  readonly secondsWaiting: number;
}

/** By the name of the partition. */
export type HistoryLags = ReadonlyMap<string, HistoryLag>;

export function registerHistoryLag(metrics: Metrics, read: () => HistoryLags): void {
  const gauges = (unit: string, help: string, of: (lag: HistoryLag) => number): void =>
    metrics.gauges(`tessera_history_lag_${unit}`, help, {
      label: 'partition',
      read: () => Object.fromEntries([...read()].map(([partition, lag]) => [partition, of(lag)])),
    });
  gauges('rows', 'Rows that wait to be put into history.', (lag) => lag.rowsWaiting);
  gauges('bytes', 'Bytes of the rows that wait to be put into history.', (lag) => lag.bytesWaiting);
  gauges('seconds', 'How long the oldest of them have waited.', (lag) => lag.secondsWaiting);
}
