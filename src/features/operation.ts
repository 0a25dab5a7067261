import type { JsonValue } from '../model/json.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import type { Span } from './tiles.ts';

/** What a feature keeps as a key or a value; null only fills absent columns of cart lines. */
export type Scalar = string | number | boolean | null;

/** What one event says to one extractor. */
export interface Sample {
  readonly time: EpochMs;
  /** `source\u0000event id`: breaks ties of time, so that order of arrival does not matter. */
  readonly tie: string;
  /** The event's currency where the extractor reads money, else empty. */
  readonly currency: string;
  readonly values: readonly Scalar[];
  /** How long a session waits for the next event of the channel; absent for orders, whose facts know no channel. */
  readonly idleMs?: DurationMs;
}

/** The value as an operation computes it; read.ts adds when and how complete. */
export interface Reading {
  readonly value: JsonValue;
  readonly approximate?: true;
  readonly currency?: string;
  readonly unconverted?: Readonly<Record<string, string>>;
}

/** The time that a reading is about. */
export interface Stretch {
  readonly from: EpochMs;
  /** Exclusive; the moment of reading where the window has not ended yet. */
  readonly to: EpochMs;
}

/**
 * An aggregate: a commutative monoid whose states are plain arrays in canonical order, so that a state is what
 * gets stored, equal sets of samples give equal bytes, and the empty state is the empty array.
 */
export interface Operation<State extends unknown[] = unknown[]> {
  empty(): State;
  /** Changes the state in place. `now` is the append time: tiles that no later window reaches are dropped. */
  add(state: State, sample: Sample, now: EpochMs): void;
  /** A new state; the arguments stay as they are, and later `add`s to the result do not touch them. */
  merge(a: State, b: State): State;
  /** Brings a merged state back within its bound, where merging can exceed it and the result is to be kept. */
  bound?(state: State, now: EpochMs): void;
  /** `stretch` is given where a calendar unit or a session is read out of states that know of no window. */
  read(state: State, now: EpochMs, stretch?: Stretch): Reading;
  /**
   * The moment since which everything must have been seen for the reading to be complete; absent where that is
   * the feature's `windowMs` before now.
   */
  completeFrom?(state: State, now: EpochMs): EpochMs;
  /**
   * A moment after `now` before which readings of the state change by `moves` alone, although nothing is added;
   * absent where that is so for ever.
   */
  changesAt?(state: State, now: EpochMs): EpochMs;
  /** A state in the form of today, of one that was stored in an earlier form or in this one; absent where there was none. */
  renewed?(stored: unknown[]): State;
  /** How a number read from the state moves between these moments; absent where it stands still. */
  readonly moves?: Moves;
}

/** One way only, never back: `either` where the state decides which. */
export type Moves = 'up' | 'down' | 'either';

/** What an operation needs of its definition, once per feature. */
export interface OperationOptions {
  readonly span: Span;
  readonly money: boolean;
  /** Entries that top_k and list_last_n answer. */
  readonly limit: number;
  readonly distinct: boolean;
  readonly unit: 'seconds' | 'hours' | 'days';
  readonly reportingCurrency: string;
}
