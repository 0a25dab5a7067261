import type { HistorianStats } from '../historian/historian.ts';
import type { NodeStatus } from '../http-role.ts';
import { limits } from '../limits.ts';
import type { Crew } from './crew.ts';
import type { HistoryWorker } from './history-worker.ts';
import type { PartitionWorker } from './partition-worker.ts';
import type { Storage } from './storage.ts';

interface Watched {
  readonly storage: Storage;
  readonly partitions: Crew<PartitionWorker>;
  readonly historians: Crew<HistoryWorker>;
}

/** How the workers of this node are doing; what other nodes do, they tell themselves. */
export function nodeStatus(watched: Watched): NodeStatus {
  const { storage, partitions, historians } = watched;
  const spoolBytes = (): number => sum(historians.all(), ({ historian }) => historian.spoolLag());
  const logBytes = (): number => sum(partitions.all(), ({ log }) => log.stats().bytes);
  return {
    logBytes,
    spoolBytes,
    lag: () => ({
      people: sum(partitions.all(), behind),
      history: sum(historians.all(), ({ historian }) => historian.stats().entriesWaiting),
    }),
    reasons: () => {
      const reasons = partitions
        .all()
        .filter(({ loop }) => loop.stopped !== undefined)
        .map(({ partition, loop }) => `partition ${partition} stands still: ${loop.stopped?.code}`);
      if (storage.logFailure() !== undefined) reasons.push('the event log refuses writes');
      if (logBytes() >= limits.logBytesMax) reasons.push('the event log is full');
      if (spoolBytes() > limits.spoolBytesMax) reasons.push('the history spool is full');
      return reasons;
    },
    degraded: () => {
      const behind = historians
        .all()
        .filter(({ historian }) => isBehind(historian.stats()))
        .map(({ partition }) => `history of partition ${partition} is not written now; its rows wait`);
      if (!storage.stateReachable())
        behind.push('the state cannot be reached; events are accepted and will be applied later');
      return behind;
    },
    historyLag: () =>
      new Map(historians.all().map(({ partition, historian }) => [partition, historian.stats()])),
    cacheEntries: () => sum(partitions.all(), ({ cache }) => cache.size),
    historyRows: () => ({
      inserted: sum(historians.all(), ({ historian }) => historian.stats().rowsInserted),
      repaired: sum(historians.all(), ({ historian }) => historian.stats().rowsRepaired),
    }),
  };
}

function isBehind({ failing, secondsWaiting }: HistorianStats): boolean {
  return failing || secondsWaiting * 1000 > limits.historyLateMs;
}

function behind({ runner, log }: PartitionWorker): number {
  return Math.max(0, log.stats().lastSeq - (runner.checkpoint?.seq ?? 0));
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
