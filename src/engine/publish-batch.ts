import type { Historian } from '../historian.ts';
import type { SegmentChange } from '../model/segment.ts';
import type { Firing } from '../model/trigger.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { AppliedOutcome } from '../record-work.ts';
import type { CommittedBatch } from '../runner.ts';
import type { Metrics } from '../serve/metrics.ts';
import type { Notifications } from './storage.ts';

export interface Publishing {
  readonly board: { post(outcomes: readonly AppliedOutcome[]): void };
  readonly hub: Notifier;
  /** Absent where another node keeps the history of the partition. */
  readonly historian: Historian | undefined;
  readonly metrics: Metrics;
  readonly partition: string;
  /** Absent where nobody outside this process could listen. */
  readonly notifications: Notifications | undefined;
}

/** After a commit: who waits is answered, who listens is told, history is woken, the books are kept. */
export function publishBatch(batch: CommittedBatch, publishing: Publishing): void {
  const { board, hub, historian, metrics, notifications } = publishing;
  let applied = 0;
  let duplicate = 0;
  let quarantined = 0;
  let refused = 0;
  for (const { outcome, command } of batch.outcomes) {
    if (command === true) continue;
    if (outcome.status === 'applied') applied++;
    else if (outcome.status === 'duplicate') duplicate++;
    else if (outcome.status === 'refused') refused++;
    else quarantined++;
  }
  metrics.events.applied.add(applied);
  metrics.events.duplicate.add(duplicate);
  metrics.events.quarantined.add(quarantined);
  metrics.events.refused.add(refused);
  const { spooled } = batch;
  if (spooled !== undefined) historian?.wake(spooled.n, spooled.bytes, spooled.rows);
  const firings: Firing[] = [];
  const changes: SegmentChange[] = [];
  for (const effect of batch.effects) {
    if (effect.kind === 'firing') firings.push(effect.firing);
    else if (effect.kind === 'segment') changes.push(effect.change);
    else if (effect.kind === 'counter') metrics.counter(effect.name).add(effect.value);
  }
  if (firings.length > 0) hub.firings(firings);
  if (changes.length > 0) metrics.counter('segment_changes').add(changes.length);
  if (notifications !== undefined) tellOutside(batch, { firings, changes }, publishing);
  board.post(batch.outcomes);
}

function tellOutside(
  { outcomes, lastSeq: seq }: CommittedBatch,
  { firings, changes }: { readonly firings: readonly Firing[]; readonly changes: readonly SegmentChange[] },
  { partition, notifications }: Publishing,
): void {
  if (changes.length > 0) notifications?.segments(changes);
  if (firings.length > 0) notifications?.firings(firings);
  const changed = new Set<string>();
  for (const { outcome } of outcomes) if (outcome.status === 'applied') changed.add(outcome.profileId);
  changed.delete('');
  notifications?.profiles([...changed].map((profile_id) => ({ profile_id, partition, seq })));
}
