import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import type { RecentEvent } from '../../serve/recent-events.ts';
import type { TraceRows } from './trace-rows.ts';

/** One time that an event was received: what this process saw of it, and what history has. At least one is there. */
export interface Receipt {
  readonly seen: RecentEvent | undefined;
  /** The row of an event that was applied, with the event itself. */
  readonly applied: { readonly row: JsonObject; readonly event: Event } | undefined;
  /** The row of one that was kept because it is not valid. */
  readonly kept: JsonObject | undefined;
}

/** Joins what is known of each receipt, the newest first. A repeat of an applied event is a receipt of its own. */
export function receiptsIn(
  { events, quarantined }: Pick<TraceRows, 'events' | 'quarantined'>,
  seen: readonly RecentEvent[],
  source: string | undefined,
): readonly Receipt[] {
  const left = new Set(seen);
  const take = (fits: (each: RecentEvent) => boolean): RecentEvent | undefined => {
    const found = [...left].find(fits);
    if (found !== undefined) left.delete(found);
    return found;
  };
  const receipts: Receipt[] = [];
  for (const row of events) {
    // Written by this project, from an event that ingest had checked.
    const event = JSON.parse(String(row.raw)) as Event;
    const own = take(
      (each) =>
        each.status === 'applied' && each.source === event.source && each.receivedAt === Number(row.received),
    );
    receipts.push({ seen: own, applied: { row, event }, kept: undefined });
  }
  for (const row of quarantined) {
    const own = take(
      (each) =>
        each.status === 'quarantined' &&
        (each.quarantineId === row.id ||
          (each.source === row.source && each.receivedAt === Number(row.received))),
    );
    receipts.push({ seen: own, applied: undefined, kept: row });
  }
  for (const each of left) receipts.push({ seen: each, applied: undefined, kept: undefined });
  return receipts
    .filter((receipt) => source === undefined || sourceOf(receipt) === source)
    .sort((a, b) => receivedAt(b) - receivedAt(a))
    .slice(0, limits.traceReceiptsMax);
}

export function sourceOf({ seen, applied, kept }: Receipt): string {
  return applied?.event.source ?? seen?.source ?? String(kept?.source ?? '');
}

export function receivedAt({ seen, applied, kept }: Receipt): number {
  return Number(applied?.row.received ?? seen?.receivedAt ?? kept?.received ?? 0);
}
