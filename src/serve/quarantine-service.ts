import type { JsonObject } from '../model/json.ts';
import type { QuarantineAttempt } from '../model/quarantine-records.ts';
import type { EpochMs } from '../model/time.ts';
import type { HistoryPage, JobView, PageRequest, ReadOptions } from './services.ts';

/** What a kept event is now: it waits to be replayed, it is in, or it has failed too often to be tried with the others. */
export const quarantineStates = ['waiting', 'replayed', 'given_up'] as const satisfies readonly State[];
type State = QuarantineAttempt['state'];

/** Which kept events are meant; all where nothing is said. */
export interface QuarantineFilter {
  readonly code?: string;
  readonly source?: string;
  readonly channel?: string;
  readonly type?: string;
  /** A JSON pointer; places in lists may be written `*`. */
  readonly path?: string;
  readonly schemaVersion?: string;
  readonly receivedFrom?: EpochMs;
  /** Not after, but before. */
  readonly receivedTo?: EpochMs;
  /** So many attempts or more. */
  readonly attempts?: number;
  readonly state?: State;
}

/** What counts are broken down by. */
export const quarantineColumns = ['code', 'source', 'path', 'type', 'channel', 'schema_version'] as const;
export type QuarantineColumn = (typeof quarantineColumns)[number];

/** What is kept because it is not valid, out of history. */
export interface QuarantineReader {
  /** Newest first. */
  list(filter: QuarantineFilter, page: PageRequest): Promise<HistoryPage>;
  /** How many by what, the most first, with what has become of them. */
  counts(filter: QuarantineFilter, by: readonly QuarantineColumn[]): Promise<JsonObject>;
  /** One event with its attempts and what it says, masked unless the reader may see personal data. */
  show(id: string, options: Pick<ReadOptions, 'reveal' | 'disclosed'>): Promise<JsonObject | undefined>;
}

/** Which kept events to send on their way again at once: by id, or the oldest that wait with a code. */
export interface ReplayRequest {
  readonly ids?: readonly string[];
  readonly code?: string;
  readonly limit: number;
}

export interface ReplayOrder {
  readonly author: string;
  /** Only looks whether they would be taken now. */
  readonly dryRun: boolean;
}

export interface QuarantineReplay {
  /** What became of each, in the order of arrival. */
  replay(request: ReplayRequest, order: ReplayOrder): Promise<readonly JsonObject[]>;
  /** A job that replays all that wait and match, or the one that is doing so already. */
  start(filter: QuarantineFilter, order: ReplayOrder): JobView;
}
