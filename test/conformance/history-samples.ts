import type { Event } from '../../src/model/event.ts';
import { eventRow } from '../../src/model/history-rows.ts';
import type { History } from '../../src/ports/history.ts';

export const AT = Date.UTC(2026, 10, 21, 10, 0, 0, 123);

export function sampleEvent(id: string, changes: Partial<Event> = {}): Event {
  return {
    id,
    type: 'product_viewed',
    time: AT,
    receivedAt: AT + 5,
    source: 'shop',
    channel: 'web',
    claims: [],
    facet: `facet-of-${id}`,
    properties: {},
    ...changes,
  };
}

/** The line of one event at message `seq`, record `index`, of a facet that belonged to `profileId` then. */
export function eventLine(
  seq: number,
  index: number,
  event: Event = sampleEvent(`e-${seq}-${index}`),
  profileId = 'p-1',
): string {
  const cause = { partition: 0, seq, index, ordinal: 0 };
  const rawText = JSON.stringify(event);
  return JSON.stringify(
    eventRow({ event, rawText, cause, facetId: event.facet, profileId, appendedAt: AT + 9 }).values,
  );
}

export async function scalar(history: History, sql: string): Promise<string> {
  return (await history.query(sql, 'TSV')).trimEnd();
}
