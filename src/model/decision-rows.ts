import type { HistoryRow } from './effect.ts';
import { position, type RowCause } from './history-rows.ts';
import { textOf } from './product-lines.ts';
import type { SegmentChange } from './segment.ts';
import { sqlTime } from './sql-time.ts';
import type { Firing } from './trigger.ts';

/** A profile entered a segment, or left it. */
export function segmentRow(change: SegmentChange, cause: RowCause): HistoryRow {
  return {
    table: 'segment_changes',
    values: [
      ...position(cause),
      change.id,
      change.segment,
      change.version,
      change.group ?? '',
      change.profile_id,
      change.change,
      change.cause,
      change.event_id,
      sqlTime(change.at),
    ],
  };
}

/** A trigger has decided. */
export function decisionRow(firing: Firing, cause: RowCause): HistoryRow {
  return {
    table: 'decisions',
    values: [
      ...position(cause),
      firing.id,
      firing.trigger,
      firing.profile_id,
      firing.decision,
      firing.reason ?? '',
      sqlTime(firing.at),
      firing.event_id,
      firing.channel,
      JSON.stringify(firing.payload),
      JSON.stringify(firing.trace),
      textOf(firing.trace.key),
      textOf(firing.trace.version),
      firing.until === undefined ? null : sqlTime(firing.until),
    ],
  };
}
