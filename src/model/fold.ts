import type { Effect, HistoryRow } from './effect.ts';
import { ENGINE_SOURCE, type Event } from './event.ts';
import type { RowCause } from './history-rows.ts';
import type { MessageBody, Position } from './record.ts';
import type { EpochMs } from './time.ts';
import type { StateView } from './view.ts';

export interface MessageNumbers {
  /** Highest number given so far, by destination. */
  given(): Readonly<Record<string, number>>;
  /** Goes on from these at least: so many were given here before records were taken out of the log. */
  raise(given: Readonly<Record<string, number>>): void;
}

/** What the shell hands to a stage for one record. Everything that a fold may know is in here. */
export interface FoldContext {
  readonly view: StateView;
  /** The record's append time: the only clock of a fold. */
  readonly now: EpochMs;
  readonly partition: number;
  readonly position: Position;
  /** The event's JSON text as the log holds it, where the record is an event: history keeps it as it is. */
  readonly raw: string | undefined;
  readonly toIdentity: (body: MessageBody) => void;
  readonly toProfile: (profile: string, body: MessageBody) => void;
  /** Not in the fused form, in which both stages take what is in force at its own record. */
  readonly toAllPeople: (body: MessageBody) => void;
  readonly effect: (effect: Effect) => void;
  readonly history: (row: HistoryRow) => void;
  /** The numbers of messages between partitions; absent in the fused form, in which none leave the fold. */
  readonly numbers?: MessageNumbers;
  /** The cause that the next history row of this record names. */
  readonly cause: () => RowCause;
}

/** The event's JSON text. What the engine itself says stands in no record of its own: the record's text is of what led to it. */
export function rawOf(event: Event, { raw }: Pick<FoldContext, 'raw'>): string {
  return raw === undefined || event.source === ENGINE_SOURCE ? JSON.stringify(event) : raw;
}
