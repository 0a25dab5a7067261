import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import type { CliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgress } from './progress.ts';

const HELP = `
Works without an engine. Every file is compared with the backup's manifest before anything is written, and a data directory that
holds something is left alone. The next start applies what the log has beyond the copied state, and repeats the erasures that the
register knows and the backup does not.

With --keep-log the data directory keeps its own log and keys, and gets state and history from the backup: nothing that was
acknowledged is lost where the log has survived. Move its state and history away first. Refused where somebody was erased since.

Exit codes: 0 done; 1 failed or refused, and then nothing was restored; 2 wrong usage.

Examples:
  tessera restore ./.tessera.backups/before-upgrade --data-dir ./restored
  tessera restore /backups/nightly --data-dir /data --keep-log
`;

export interface RestoreFlags {
  readonly dataDir?: string;
  readonly keepLog?: boolean;
  readonly json?: boolean;
}

/** What was restored; see `engine/restore-backup`. */
export interface RestoredDirectory {
  readonly data_directory: string;
  readonly made_at: number;
  readonly log_kept: boolean;
  readonly register: string;
  readonly erasures: number;
}

/** Told how much of the backup was compared and how much brought in. */
export type ToldOfRestore = (doing: 'checking' | 'copying', bytes: number, all: number) => void;

export type RestoreBackup = (
  from: string,
  flags: RestoreFlags,
  told: ToldOfRestore,
) => Promise<RestoredDirectory>;

/** Adds `tessera restore` to the program. */
export function registerRestore(program: Command, context: CliContext, restore: RestoreBackup): void {
  program
    .command('restore')
    .description('make a data directory of a backup')
    .argument('<backup>', 'directory that tessera backup has made')
    .option('--data-dir <directory>', 'where to (default ./.tessera)')
    .option('--keep-log', 'keep the log and the keys that are there, restore state and history')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action(async (from: string, flags: RestoreFlags) => {
      try {
        const restored = await withProgress(context, flags, (told) => restore(from, flags, told));
        context.stdout.write(flags.json === true ? `${JSON.stringify(restored)}\n` : describe(restored));
      } catch (error) {
        if (!(error instanceof TesseraError)) throw error;
        const { code, message: detail } = error;
        if (flags.json === true) context.stdout.write(`${JSON.stringify({ code, detail })}\n`);
        context.stderr.write(`restore: ${detail} (${code})\n`);
        context.setExitCode(exitCodes.failed);
      }
    });
}

/** A bar for each of the two passes over the backup, in megabytes. */
async function withProgress<Result>(
  { stderr, isTty, clock }: CliContext,
  { json }: RestoreFlags,
  work: (told: ToldOfRestore) => Promise<Result>,
): Promise<Result> {
  const progress = createProgress({ stderr, isTty, clock, quiet: json === true });
  let now = '';
  try {
    return await work((doing, bytes, all) => {
      if (doing !== now) progress.start(doing === 'checking' ? 'Checking (MB)' : 'Copying (MB)');
      now = doing;
      progress.update(all === 0 ? 1 : Math.min(1, bytes / all), Math.floor(bytes / 1e6));
    });
  } finally {
    progress.stop();
  }
}

function describe({ data_directory, made_at, log_kept, register, erasures }: RestoredDirectory): string {
  const kept = log_kept ? 'Its log was kept: the next start applies what came after the backup.\n' : '';
  const known =
    erasures === 0
      ? `No erasure of this deployment is known at ${register}: whoever was erased after the backup is back, unless the register lies elsewhere (TESSERA_ERASURES_FILE).\n`
      : `The register at ${register} knows ${erasures} erasures; the next start repeats those that the backup has not seen.\n`;
  return `${data_directory} is as it was at ${new Date(made_at).toISOString()}.\n${kept}${known}`;
}
