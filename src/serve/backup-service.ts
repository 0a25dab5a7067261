import type { BackupSummary } from '../ports/backup.ts';
import type { JobView } from './services.ts';

/** Copies of all that a data directory holds, made while it is in use. */
export interface BackupService {
  /** A job; its result is the summary. Fails with `backup_elsewhere` where everything lies on servers. */
  make(name: string, author: string): JobView;
  /** Newest first. */
  list(): Promise<readonly BackupSummary[]>;
  /** A name that says when. */
  defaultName(): string;
}
