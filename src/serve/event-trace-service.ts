import type { JsonObject } from '../model/json.ts';
import type { ReadOptions } from './services.ts';

export interface TraceQuestion {
  /** Of an event, or of a kept one in quarantine. */
  readonly id: string;
  readonly source?: string;
  readonly read: Pick<ReadOptions, 'reveal' | 'disclosed'>;
}

export interface EventTraces {
  /** What became of the receipts of an event, the newest first; empty where nobody knows of any. */
  of(question: TraceQuestion): Promise<readonly JsonObject[]>;
}
