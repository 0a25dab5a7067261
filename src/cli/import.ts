import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import type { CliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import type { ImportSummary } from './import/run.ts';
import { createProgress, formatCount, formatSeconds } from './progress.ts';

interface ImportFlags {
  readonly map: string;
  readonly url?: string;
  readonly key?: string;
  readonly rebaseTo?: string;
  readonly limit?: string;
  readonly progress?: string;
  readonly rejects?: string;
  readonly restart?: boolean;
  readonly countOutcomes?: boolean;
  readonly json?: boolean;
}

const HELP = `
Files are CSV, TSV, blank-separated or NDJSON, plain or gzip, in UTF-8. The map says how rows become events;
online-retail, cdnow, cdnow-sample and yoochoose are shipped.

An interrupted import goes on where it stopped when the same command is run again. Ids of events come from the
file, so what is sent twice, also by a second import within 7 days, is recognized and changes nothing.

Exit codes: 0 everything was accepted; 1 failed; 2 wrong usage or map; 3 finished, but some rows were rejected
and are listed, with line and reason, in the file that the summary names.

Examples:
  tessera import orders.csv --map my-map.yaml
  tessera import online_retail.csv.gz --map online-retail --rebase-to now
  tessera import orders.csv --map my-map.yaml --limit 100 --json
`;

/** Adds `tessera import FILE --map MAP` to the program. */
export function registerImport(program: Command, context: CliContext): void {
  program
    .command('import')
    .description('turn the rows of a file into events and send them to a running engine')
    .argument('<file>', 'the file to import')
    .requiredOption('--map <map>', 'path of the import map, or the name of a shipped one')
    .option('--url <url>', `address of the engine (default ${context.url})`)
    .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
    .option(
      '--rebase-to <date>',
      'shift all times so that the newest event falls on this date or time, or on now',
    )
    .option('--limit <n>', 'stop after n rows, or n groups where the map groups')
    .option('--progress <path>', 'the progress file (default FILE.progress.json)')
    .option('--rejects <path>', 'where to list rejected rows (default FILE.rejected.ndjson)')
    .option('--restart', 'forget an interrupted import and begin again')
    .option('--count-outcomes', 'wait until each batch is applied, to count duplicates (slower)')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', HELP)
    .action((file: string, flags: ImportFlags) => importFile(file, flags, context));
}

async function importFile(file: string, flags: ImportFlags, context: CliContext): Promise<void> {
  const { isTty, stderr, stdout, clock } = context;
  try {
    // Loaded here: at the start of an engine nobody waits for what its commands do.
    const { runImport } = await import('./import/run.ts');
    const summary = await runImport({
      file,
      map: flags.map,
      url: flags.url ?? context.url,
      key: flags.key ?? context.key,
      clock,
      progress: createProgress({ stderr, isTty, clock, quiet: flags.json === true }),
      rebaseTo: flags.rebaseTo,
      limit: parseLimit(flags.limit),
      restart: flags.restart,
      countOutcomes: flags.countOutcomes,
      progressPath: flags.progress,
      rejectsPath: flags.rejects,
    });
    stdout.write(flags.json === true ? `${JSON.stringify(summary)}\n` : describe(summary));
    context.setExitCode(summary.rejects_file === null ? exitCodes.done : exitCodes.found);
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    if (flags.json === true) stdout.write(`${JSON.stringify({ code: error.code, detail: error.message })}\n`);
    stderr.write(`import: ${error.message} (${error.code})\n`);
    context.setExitCode(
      error.code === 'invalid_map' || error.code === 'invalid_parameter' ? exitCodes.usage : exitCodes.failed,
    );
  }
}

function parseLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new TesseraError('invalid_parameter', `--limit takes a positive whole number, not ${text}.`);
}

function describe(summary: ImportSummary): string {
  const rejected = summary.rejected_rows + summary.rejected_events;
  const lines = [
    `${formatCount(summary.accepted)} of ${formatCount(summary.events)} events accepted and applied in ${formatSeconds(summary.seconds)} (${formatCount(summary.events_per_second)}/s)`,
  ];
  if (summary.resumed) lines.push('went on from an interrupted import; the counts cover all of it');
  if (rejected > 0) lines.push(`${formatCount(rejected)} rejected, listed in ${summary.rejects_file}`);
  if (summary.shift_ms !== 0) lines.push(`all times moved by ${summary.shift_ms} ms`);
  if (summary.resent > 0)
    lines.push(`${formatCount(summary.resent)} events were sent again after a lost answer`);
  const duplicates = describeDuplicates(summary);
  if (duplicates !== undefined) lines.push(duplicates);
  return `${lines.join('\n')}\n`;
}

function describeDuplicates({ outcomes }: ImportSummary): string | undefined {
  if (outcomes.duplicate === 0) return undefined;
  const count = formatCount(outcomes.duplicate);
  if (outcomes.of === 'all')
    return `${count} were duplicates of events that the engine had already: they changed nothing`;
  return `${count} of the last batch were duplicates, so the file was imported before (--count-outcomes counts all)`;
}
