import type { Historian } from '../historian/historian.ts';
import type { SegmentChange } from '../model/segment.ts';
import type { Firing } from '../model/trigger.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { AppliedOutcome } from '../runner/record-work.ts';
import type { CommittedBatch } from '../runner/runner.ts';
import type { EventWatch } from '../serve/event-hub.ts';
import type { Metrics } from '../serve/metrics.ts';
import type { ProfileWatch } from '../serve/profile-hub.ts';
import { profileChanges } from './profile-changes.ts';
import type { Notifications } from './storage.ts';

export interface Publishing {
  readonly board: { post(outcomes: readonly AppliedOutcome[]): void };
  readonly hub: Notifier;
  /** Who watches single profiles. */
  readonly watch: ProfileWatch;
  /** Who watches events go by. */
  readonly events: EventWatch;
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
  else tellWatchers(batch, publishing);
  publishing.events.committed(batch.outcomes, { partition: publishing.partition, spooled: spooled?.n ?? 0 });
  board.post(batch.outcomes);
}

/** Nothing is worked out while nobody watches. */
function tellWatchers(batch: CommittedBatch, { partition, watch }: Publishing): void {
  if (watch.watched === 0) return;
  for (const change of profileChanges(batch, partition, watch.isWatched)) watch.publish(change);
}

function tellOutside(
  batch: CommittedBatch,
  { firings, changes }: { readonly firings: readonly Firing[]; readonly changes: readonly SegmentChange[] },
  { partition, notifications, watch }: Publishing,
): void {
  if (changes.length > 0) notifications?.segments(changes);
  if (firings.length > 0) notifications?.firings(firings);
  const profiles = profileChanges(batch, partition, () => true);
  notifications?.profiles(profiles);
  for (const change of profiles) watch.publish(change);
}
