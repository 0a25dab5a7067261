import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { JobView } from './services.ts';

/** How far an erasure has come; once it is done this is the receipt, and all that is kept of it. */
export interface ErasureView {
  readonly id: string;
  readonly status: 'running' | 'done';
  readonly author: string;
  /** What happened until then is forgotten. */
  readonly requested_at: EpochMs;
  readonly done_at: EpochMs | null;
  /** Ids that the people had. */
  readonly profiles: readonly string[];
  /** How many identifiers were theirs. */
  readonly identifiers: number;
  /** While it runs: what is being done, or what it waits for. */
  readonly note?: string;
  /** Once it is done. */
  readonly counts?: JsonObject;
}

export interface ErasureService {
  /**
   * Erases people, named by profile ids or identifiers: from when it answers nothing of theirs is shown, and the rest goes in the
   * background. Fails with `profile_not_found`, `erasure_busy` or `too_large`: then nothing was erased.
   */
  request(people: readonly string[], author: string): Promise<ErasureView>;
  /** The same, as a job. */
  erase(people: readonly string[], author: string): Promise<JobView>;
  get(id: string): Promise<ErasureView | undefined>;
  /** Newest first. */
  list(): Promise<readonly ErasureView[]>;
}
