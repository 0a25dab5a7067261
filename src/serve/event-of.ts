import type { Event } from '../model/event.ts';
import type { LogRecord } from '../model/record.ts';

/** The event that a record brings; undefined where it brings none. */
export function eventOf(record: LogRecord): Event | undefined {
  if (record.kind === 'event' || record.kind === 'routed') return record.event;
  if (record.kind === 'message' && 'event' in record.body) return record.body.event;
  return undefined;
}
