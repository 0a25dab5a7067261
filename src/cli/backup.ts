import type { Command } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags } from './engine-call.ts';
import { runOnEngine, waitForJob, withEngineOptions } from './engine-command.ts';
import { formatTable } from './text-table.ts';

const HELP = `
The running engine copies its log, state, history and keys into a new directory of this name, under the one that it was given as
TESSERA_BACKUP_DIR (by default beside its data directory, with .backups behind its name). Events go on being taken and applied. The
register of erasures stays apart: restore never brings it back. Needs the scope admin. Whoever reads a backup reads all
that the data directory holds.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera backup
  tessera backup before-upgrade
  tessera backup --list
  tessera restore ./.tessera.backups/before-upgrade --data-dir ./restored
`;

interface BackupFlags extends EngineFlags {
  readonly list?: boolean;
}

/** Adds `tessera backup` to the program. */
export function registerBackup(program: Command, context: CliContext): void {
  const command = program
    .command('backup')
    .description('copy everything that a data directory holds, while its engine runs')
    .argument('[name]', 'name of the new backup (default: the time)')
    .addHelpText('after', HELP);
  withEngineOptions(command, context)
    .option('--list', 'show the backups that there are')
    .action((name: string | undefined, flags: BackupFlags) =>
      runOnEngine({ name: 'backup', context, flags }, async (call) => {
        if (flags.list === true) {
          const answer = await call({ method: 'GET', path: '/v1/backups' });
          return { answer, text: describeList(answer) };
        }
        const body: JsonObject = name === undefined ? {} : { name };
        const created = await call({ method: 'POST', path: '/v1/backups', body });
        const answer = await waitForJob(call, created, {
          context,
          flags,
          name: 'The backup',
          doing: 'copying',
        });
        return { answer, text: describe(answer) };
      }),
    );
}

function describe({ path, bytes }: JsonObject): string {
  return `${String(path)} holds ${megabytes(bytes)} MB. Check it now and then: tessera restore ${String(path)} --data-dir ./restored\n`;
}

function describeList({ backups }: JsonObject): string {
  const rows = Array.isArray(backups) ? backups.filter(isJsonObject) : [];
  if (rows.length === 0) return 'There is no backup yet.\n';
  return formatTable(
    ['name', 'made', 'MB', 'version', 'path'],
    rows.map(({ name, made_at, bytes, tessera, path }) => [
      String(name),
      new Date(Number(made_at)).toISOString(),
      megabytes(bytes),
      String(tessera),
      String(path),
    ]),
  );
}

function megabytes(bytes: JsonValue | undefined): string {
  return (Number(bytes) / 1e6).toFixed(1);
}
