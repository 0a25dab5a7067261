import type { Event } from '../model/event.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import type { QuarantineRecord } from '../model/quarantine-records.ts';
import type { LogRecord, RecordPlace } from '../model/record.ts';
import type { Log } from '../ports/log.ts';
import type { Intake } from './intake.ts';

export interface RoutedIntakeOptions {
  readonly identity: string;
  readonly ofProfile: (profile: string) => string;
  readonly log: (partition: string) => Pick<Log, 'append'>;
  /** The profile that the facet of each event is at; undefined where identity must hear of the event first. */
  readonly locate: (events: readonly Event[]) => Promise<readonly (string | undefined)[]>;
  readonly encode: (record: LogRecord) => Uint8Array;
}

interface Share {
  readonly records: Uint8Array[];
  /** Which events these are; what goes into quarantine comes after them. */
  readonly events: number[];
}

/**
 * Each event to where its person is, if that is known, and to identity otherwise. What is known may be out of date: the
 * place that an event comes to passes it on.
 */
export function createRoutedIntake(options: RoutedIntakeOptions): Intake {
  return {
    async append(events, quarantined) {
      const shares = new Map<string, Share>();
      const profiles = await options.locate(events);
      for (const [i, event] of events.entries())
        addEvent(shares, { i, event, profile: profiles[i] }, options);
      for (const record of quarantined) addQuarantined(shares, record, options);
      const places: RecordPlace[] = [];
      await Promise.all(
        [...shares].map(async ([partition, share]) => {
          const positions = await options.log(partition).append(share.records);
          for (const [n, i] of share.events.entries()) {
            const position = positions[n];
            if (position !== undefined) places[i] = { ...position, partition };
          }
        }),
      );
      return places;
    },
  };
}

interface Addressed {
  readonly i: number;
  readonly event: Event;
  readonly profile: string | undefined;
}

function addEvent(
  shares: Map<string, Share>,
  { i, event, profile }: Addressed,
  { identity, ofProfile, encode }: RoutedIntakeOptions,
): void {
  // An event that names nobody needs no decision.
  const to = event.claims.length === 0 ? UNATTRIBUTED : profile;
  const share = shareOf(shares, to === undefined ? identity : ofProfile(to));
  share.events.push(i);
  share.records.push(
    encode(to === undefined ? { kind: 'event', event } : { kind: 'routed', profile: to, event }),
  );
}

function addQuarantined(
  shares: Map<string, Share>,
  record: QuarantineRecord,
  { ofProfile, encode }: RoutedIntakeOptions,
): void {
  // Any partition of people keeps them; their ids spread them.
  shareOf(shares, ofProfile(record.id)).records.push(encode(record));
}

function shareOf(shares: Map<string, Share>, partition: string): Share {
  const known = shares.get(partition);
  if (known !== undefined) return known;
  const share: Share = { records: [], events: [] };
  shares.set(partition, share);
  return share;
}
