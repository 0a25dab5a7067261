import type { Readable } from 'node:stream';
import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { JobView } from './services.ts';

/** A file with what is held of a person. */
export interface ExportView extends JsonObject {
  readonly id: string;
  readonly profile_id: string;
  /** Of the job that writes it. */
  readonly job: string;
  readonly status: 'writing' | 'ready' | 'taken' | 'failed';
  readonly created_at: EpochMs;
  /** Until when it can be read; null before it is written. */
  readonly expires_at: EpochMs | null;
  readonly bytes: number;
  /** Where it can be read once; absent before it is ready and after it was handed out. */
  readonly link?: string;
}

/** What is held of a person, handed out as a file that is read once. */
export interface Exports {
  /** A profile id or an identifier. Fails with `profile_not_found`, or as jobs do. */
  start(
    profile: string,
    author: string,
    hours?: number,
  ): Promise<{ readonly job: JobView; readonly export: ExportView }>;
  /** Fails with `export_not_found`. */
  view(id: string): ExportView;
  /**
   * The file, to whoever has its token. It is gone once it was read to its end; a reading that breaks off may be repeated. Fails
   * with `export_not_found` (also for another token), `export_not_ready` and `export_taken`.
   */
  open(
    id: string,
    token: string,
    author: string,
  ): Promise<{ readonly text: Readable; readonly profile: string }>;
  /** Removes the files of these profiles, and ends what is writing them. */
  forget(profiles: readonly string[]): Promise<void>;
}
