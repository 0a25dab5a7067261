import type { Event } from '../model/event.ts';
import type { QuarantineRecord } from '../model/quarantine-records.ts';
import type { RecordPlace } from '../model/record.ts';
import type { Log } from '../ports/log.ts';

/** The way of what a request brought into the log, or the logs. */
export interface Intake {
  /**
   * Resolves with the places of the events, in their order, once they and what goes into quarantine are durable. Fails
   * with `log_full` or `log_unavailable`; then any of them may be in a log or not, so that nothing counts as accepted.
   */
  append(events: readonly Event[], quarantined: readonly QuarantineRecord[]): Promise<readonly RecordPlace[]>;
}

export interface LogIntakeOptions {
  readonly log: Pick<Log, 'append'>;
  readonly encodeEvent: (event: Event) => Uint8Array;
  readonly encodeQuarantine: (record: QuarantineRecord) => Uint8Array;
}

/** Everything into one log: the embedded form. */
export function createLogIntake({ log, encodeEvent, encodeQuarantine }: LogIntakeOptions): Intake {
  return {
    async append(events, quarantined) {
      const records = events.map(encodeEvent);
      for (const record of quarantined) records.push(encodeQuarantine(record));
      const positions = await log.append(records);
      return positions.length === events.length ? positions : positions.slice(0, events.length);
    },
  };
}
