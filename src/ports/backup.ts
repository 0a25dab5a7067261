import type { EpochMs } from '../model/time.ts';

/** What a backup says of itself. */
export interface BackupSummary {
  readonly name: string;
  /** Where it lies on the machine of the engine. */
  readonly path: string;
  readonly made_at: EpochMs;
  /** The version of the engine that made it. */
  readonly tessera: string;
  readonly bytes: number;
  /** Of each log, up to which message the copied state has it applied. */
  readonly applied: Readonly<Record<string, number>>;
}

export interface BackupWork {
  /** What is being copied now, after so many parts of all. */
  readonly report: (progress: {
    readonly done: number;
    readonly total: number;
    readonly part: string;
  }) => void;
  readonly signal: AbortSignal;
}

/** Copies of everything that a deployment keeps, made while it is in use. */
export interface BackupStore {
  /**
   * Makes one, whole or not at all. Fails with `backup_name_taken`, `backup_running`, and `backup_failed` where the disk
   * does or the log was trimmed too far meanwhile.
   */
  make(name: string, work: BackupWork): Promise<BackupSummary>;
  /** Newest first; what cannot be read as one is left out. */
  list(): Promise<readonly BackupSummary[]>;
}
