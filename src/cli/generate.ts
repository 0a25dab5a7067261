import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { DEFAULT_DAYS, DEFAULT_UNTIL } from '../generate/default-stretch.ts';
import { readMoment } from '../model/date-time.ts';
import type { EpochMs } from '../model/time.ts';
import type { CliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import type { GenerateRun, GenerateSummary } from './generate/run.ts';
import { createProgress, formatCount, formatSeconds } from './progress.ts';

interface GenerateFlags {
  readonly shoppers: string;
  readonly seed: string;
  readonly days: string;
  readonly until?: string;
  readonly out?: string;
  readonly truth?: string;
  readonly send?: boolean;
  readonly url?: string;
  readonly key?: string;
  readonly writeKey?: string;
  readonly json?: boolean;
}

const HELP = `
The same shoppers, seed and days always give the same stream: households with several devices each, store tablets,
shared cards and numbers, guests, members, late sales, repeats and what people and programs get wrong, about 26 events
a shopper. The output is NDJSON as POST /v1/events takes it, in the order of arrival.

The truth is NDJSON, too: a line per event (who did it, which key it is sent with, whether identifiers of that person
alone attribute it, what makes it hard), then a line per person (household, kind, true identifiers).

With --send, events of servers go out under the secret key and those of public clients under the write key.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 sent, but the engine rejected some events.

Examples:
  tessera generate --shoppers 1000 --truth truth.ndjson > events.ndjson
  tessera generate --shoppers 200 --days 7 --send
`;

/** Adds `tessera generate` to the program. */
export function registerGenerate(program: Command, context: CliContext): void {
  program
    .command('generate')
    .description('generate the event stream of a retailer, with the truth about who did what')
    .requiredOption('--shoppers <n>', 'how many shoppers')
    .option('--seed <n>', 'another seed is another world', '1')
    .option('--days <n>', 'length of the stream', String(DEFAULT_DAYS))
    .option(
      '--until <date>',
      'the stream ends with the day before, or with yesterday: now (the default of --send)',
    )
    .option(
      '--out <file>',
      'where the events go, - for standard output (the default, unless --send is given)',
    )
    .option('--truth <file>', 'where the truth goes')
    .option('--send', 'send the events to a running engine')
    .option('--url <url>', `address of the engine (default ${context.url})`)
    .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
    .option('--write-key <key>', 'write key (default TESSERA_WRITE_KEY)')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', HELP)
    .action((flags: GenerateFlags) => generateStream(flags, context));
}

async function generateStream(flags: GenerateFlags, context: CliContext): Promise<void> {
  try {
    const run = readRun(flags, context);
    // Loaded here: at the start of an engine nobody waits for what its commands do.
    const { runGenerate } = await import('./generate/run.ts');
    const summary = await runGenerate(run);
    const text = flags.json === true ? `${JSON.stringify(summary)}\n` : describe(summary);
    // Standard output may be carrying the events.
    (run.out === '-' ? context.stderr : context.stdout).write(text);
    const rejected = Object.keys(summary.sent?.rejected ?? {}).length > 0;
    context.setExitCode(rejected ? exitCodes.found : exitCodes.done);
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    context.stderr.write(`generate: ${error.message} (${error.code})\n`);
    context.setExitCode(error.code === 'invalid_parameter' ? exitCodes.usage : exitCodes.failed);
  }
}

function readRun(flags: GenerateFlags, context: CliContext): GenerateRun {
  const { stderr, isTty, clock } = context;
  const send = flags.send === true;
  const out = flags.out ?? (send ? undefined : '-');
  return {
    shoppers: wholeNumber(flags.shoppers, '--shoppers'),
    seed: wholeNumber(flags.seed, '--seed'),
    days: wholeNumber(flags.days, '--days'),
    until: readUntil(flags.until ?? (send ? 'now' : undefined), context),
    out,
    truth: flags.truth,
    send: send ? readTarget(flags, context) : undefined,
    context,
    progress: createProgress({ stderr, isTty, clock, quiet: flags.json === true || out === '-' }),
  };
}

function readTarget(flags: GenerateFlags, context: CliContext): NonNullable<GenerateRun['send']> {
  const key = flags.key ?? context.key;
  const writeKey = flags.writeKey ?? context.writeKey;
  if (key === undefined)
    throw new TesseraError(
      'unauthorized',
      'There is no secret key: give one by --key or TESSERA_SECRET_KEY.',
    );
  if (writeKey === undefined) {
    throw new TesseraError(
      'unauthorized',
      'There is no write key, with which public clients send: give one by --write-key or TESSERA_WRITE_KEY.',
    );
  }
  return { url: flags.url ?? context.url, key, writeKey };
}

function wholeNumber(text: string, flag: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new TesseraError('invalid_parameter', `${flag} takes a whole number, not ${text}.`);
}

function readUntil(text: string | undefined, { clock }: CliContext): EpochMs {
  if (text === undefined) return DEFAULT_UNTIL;
  if (text === 'now') return clock.now();
  const at = readMoment(text);
  if (at === undefined)
    throw new TesseraError(
      'invalid_parameter',
      `--until takes a date, an RFC 3339 time or now, not ${text}.`,
    );
  return at;
}

function describe({ events, repeats, people, out, truth, sent, seconds }: GenerateSummary): string {
  const lines = [
    `${formatCount(events)} events of ${formatCount(people)} people, ${formatCount(repeats)} of them repeats, in ${formatSeconds(seconds)}`,
  ];
  if (out !== null && out !== '-') lines.push(`events in ${out}`);
  if (truth !== null) lines.push(`truth in ${truth}`);
  if (sent !== null) {
    const rejected = Object.entries(sent.rejected).map(([code, count]) => `${formatCount(count)} ${code}`);
    const kept = rejected.length === 0 ? 'none rejected' : `rejected: ${rejected.join(', ')}`;
    lines.push(`${formatCount(sent.events)} sent, ${kept}`);
  }
  return `${lines.join('\n')}\n`;
}
