import type { QueuedEvent } from './event-queue.ts';
import { pageNow } from './page-clock.ts';
import { trackerLimits } from './tracker-limits.ts';

export type Batch = readonly QueuedEvent[];

export interface BatchOptions {
  /** Names of events that are on their way already. */
  readonly underWay: ReadonlySet<string>;
  readonly eventsMax: number;
}

/** What one request takes of what waits, the oldest first; at least one event, however large. */
export function takeBatch(waiting: Batch, { underWay, eventsMax }: BatchOptions): Batch {
  const batch: QueuedEvent[] = [];
  let characters = 0;
  for (const event of waiting) {
    if (underWay.has(event.name)) continue;
    characters += event.text.length;
    const full = batch.length >= eventsMax || characters > trackerLimits.batchCharactersMax;
    if (batch.length > 0 && full) break;
    batch.push(event);
  }
  return batch;
}

/** `sentAt` lets the engine correct a clock that is wrong, and the hours in which the page was offline. */
export function bodyOf(batch: Batch): string {
  return `{"sentAt":${pageNow()},"events":[${batch.map(({ text }) => text).join(',')}]}`;
}
