import type { DefinitionText, DefinitionTurn } from '../model/definition-journal.ts';
import type { EpochMs } from '../model/time.ts';

/** One version of a definition: what a change made of it. */
export interface DefinitionVersion {
  /** Of the change, among those of all definitions; 0: it was in force before what is kept. */
  readonly number: number;
  readonly turn: DefinitionTurn;
  readonly author: string;
  readonly since: EpochMs;
  /** Undefined where it was removed. */
  readonly text: DefinitionText | undefined;
  /** Whether it is what is in force now. */
  readonly active: boolean;
}

/** What definitions were. */
export interface DefinitionVersions {
  /** The newest first; empty where nothing is known of the name. */
  of(kind: string, name: string): Promise<readonly DefinitionVersion[]>;
}
