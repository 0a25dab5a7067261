import { TesseraError } from '../errors.ts';
import type { BackupStore } from '../ports/backup.ts';
import type { Clock } from '../ports/clock.ts';
import type { BackupService } from '../serve/backup-service.ts';
import type { Jobs } from '../serve/services.ts';

export interface BackupsOptions {
  /** Absent on servers. */
  readonly backups: BackupStore | undefined;
  readonly jobs: Jobs;
  readonly clock: Clock;
}

/** Backups as jobs. Where they go is the operator's setting, so that a key over HTTP reaches no other file of the machine. */
export function createBackups({ backups, jobs, clock }: BackupsOptions): BackupService {
  const store = (): BackupStore => {
    if (backups === undefined) throw new TesseraError('backup_elsewhere');
    return backups;
  };
  return {
    make(name, author) {
      const target = store();
      return jobs.create({
        kind: 'backup',
        author,
        async run(report, signal) {
          const { applied, ...summary } = await target.make(name, {
            report: ({ done, total, part }) => report({ done, total, note: part }),
            signal,
          });
          return { ...summary, applied: { ...applied } };
        },
      });
    },
    list: () => store().list(),
    defaultName: () => new Date(clock.now()).toISOString().replaceAll(':', '-').replace(/\..*/, 'Z'),
  };
}
