import type { JsonObject } from './json.ts';
import type { EpochMs } from './time.ts';

/** What became of a definition at one place of the log. */
export type DefinitionTurn = 'created' | 'changed' | 'removed' | 'enabled' | 'disabled';

/** A definition as it was, without what is secret about it. */
export interface DefinitionText {
  /** Hash of its text. */
  readonly version: string;
  readonly definition: JsonObject;
  /** Absent where it was taken before authors were kept. */
  readonly author?: string;
  readonly since?: EpochMs;
}

export interface DefinitionChange {
  /** As the API calls it: `triggers`. */
  readonly kind: string;
  readonly name: string;
  readonly turn: DefinitionTurn;
  /** What it was: so that nothing is lost of it where older entries are gone. Absent where it was created. */
  readonly before?: DefinitionText;
  /** Absent where it was removed. */
  readonly after?: DefinitionText;
}

/** State entry `n/definitions/<number>`: what one record has changed of the definitions in force. */
export interface DefinitionChanges {
  readonly number: number;
  readonly author: string;
  readonly at: EpochMs;
  readonly changes: readonly DefinitionChange[];
}

/** Which entries of the journal are kept: the newest, as many as `bytes` has sizes. */
export interface JournalHead {
  /** Number of the next entry. */
  readonly next: number;
  /** Sizes of the entries that are kept, oldest first. */
  readonly bytes: readonly number[];
}
