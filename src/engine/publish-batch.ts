import type { Historian } from '../historian.ts';
import type { Firing } from '../model/trigger.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { AppliedOutcome } from '../record-work.ts';
import type { CommittedBatch } from '../runner.ts';
import type { Metrics } from '../serve/metrics.ts';

export interface Publishing {
  readonly board: { post(outcomes: readonly AppliedOutcome[]): void };
  readonly hub: Notifier;
  /** Absent where another node keeps the history of the partition. */
  readonly historian: Historian | undefined;
  readonly metrics: Metrics;
}

/** After a commit: who waits is answered, who listens is told, history is woken, the books are kept. */
export function publishBatch(batch: CommittedBatch, { board, hub, historian, metrics }: Publishing): void {
  let applied = 0;
  let duplicate = 0;
  let quarantined = 0;
  for (const { outcome, command } of batch.outcomes) {
    if (command === true) continue;
    if (outcome.status === 'applied') applied++;
    else if (outcome.status === 'duplicate') duplicate++;
    else quarantined++;
  }
  metrics.events.applied.add(applied);
  metrics.events.duplicate.add(duplicate);
  metrics.events.quarantined.add(quarantined);
  metrics.stage('people').records.add(batch.records);
  if (batch.spooled !== undefined) historian?.wake(batch.spooled.n, batch.spooled.bytes);
  const firings: Firing[] = [];
  for (const effect of batch.effects) {
    if (effect.kind === 'firing') firings.push(effect.firing);
    else if (effect.kind === 'counter') metrics.counter(effect.name).add(effect.value);
  }
  if (firings.length > 0) hub.firings(firings);
  board.post(batch.outcomes);
}
