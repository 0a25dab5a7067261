import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { type CallEngine, createEngineCall, type EngineFlags } from './engine-call.ts';
import { exitCodes } from './exit-codes.ts';
import { followJob } from './follow-job.ts';
import { createProgress } from './progress.ts';
import { textOf } from './read-answer.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Runs a trigger over history: whom it would have reached when, what its limits would have held back, and what people ordered
afterwards beside comparable people. Sends nothing. FILE holds the definition of one trigger; a name without a dot or a slash
is that of a trigger in force. Needs the scope define.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera backtest plus_size.yaml --from 2026-11-01 --to 2026-11-15
  tessera backtest abandoned_cart --from 2026-11-01 --to 2026-11-15 --days 14 --json
`;

interface BacktestFlags extends EngineFlags {
  readonly from: string;
  readonly to: string;
  readonly days?: string;
  readonly clock?: string;
}

/** Adds `tessera backtest` to the program. */
export function registerBacktest(program: Command, context: CliContext): void {
  program
    .command('backtest')
    .description('run a trigger over history; sends nothing')
    .argument('<file>', 'a file with its definition, or the name of a trigger in force')
    .addHelpText('after', HELP)
    .requiredOption('--from <time>', 'decisions from here on are reported')
    .requiredOption('--to <time>', 'and before this')
    .option('--days <n>', 'orders within so many days after a firing (default 7)')
    .option(
      '--clock <clock>',
      'applied: events came when they came (default); event: when they happened, for imports',
    )
    .option('--url <url>', `address of the engine (default ${context.url})`)
    .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
    .option('--json', 'print the report as JSON')
    .action((file: string, flags: BacktestFlags) => backtest(file, context, flags));
}

async function backtest(file: string, context: CliContext, flags: BacktestFlags): Promise<void> {
  const { stdout, stderr, setExitCode } = context;
  const json = flags.json === true;
  try {
    const report = await ask(createEngineCall(context, flags), file, { context, flags });
    stdout.write(json ? `${JSON.stringify(report)}\n` : describe(report));
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    if (json) stdout.write(`${JSON.stringify({ code, detail })}\n`);
    stderr.write(`backtest: ${detail} (${code})\n`);
    setExitCode(exitCodes.failed);
  }
}

async function ask(
  call: CallEngine,
  file: string,
  { context, flags }: { readonly context: CliContext; readonly flags: BacktestFlags },
): Promise<JsonObject> {
  const { stderr, isTty, clock } = context;
  const { from, to, days, clock: lived } = flags;
  const draft = /[./\\]/.test(file) ? await readDraft(file) : { name: file };
  const { name, ...rest } = draft;
  const body = {
    ...{ from, to, ...rest },
    ...(days === undefined ? {} : { days: Number(days) }),
    ...(lived === undefined ? {} : { clock: lived }),
  };
  const path = `/v1/triggers/${encodeURIComponent(name)}/backtests`;
  const { job } = await call({ method: 'POST', path, body });
  const progress = createProgress({ stderr, isTty, clock, quiet: flags.json === true });
  progress.start('Replaying');
  try {
    return await followJob(call, { job: isJsonObject(job) ? job : {}, name: 'The backtest', progress });
  } finally {
    progress.stop();
  }
}

async function readDraft(path: string): Promise<{ name: string; definition: JsonObject }> {
  let definition: unknown;
  try {
    definition = parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new TesseraError('invalid_parameter', `${path} cannot be read as a definition.`, { cause });
  }
  if (isJsonObject(definition) && typeof definition.name === 'string')
    return { name: definition.name, definition };
  throw new TesseraError('invalid_parameter', `${path} holds no definition of one trigger with a name.`);
}

function describe(report: JsonObject): string {
  const { trigger, events, decisions, suppressed, people, per_day: days, followed } = report;
  const reached = objectOf(people);
  const head = `${textOf(trigger)}: ${textOf(reached.fired)} people reached, out of ${textOf(events)} events\n`;
  const rows = (Array.isArray(days) ? days : [])
    .map(objectOf)
    .map((day) => [textOf(day.date), ...DECISIONS.map((decision) => textOf(day[decision] ?? 0))]);
  const total = ['all days', ...DECISIONS.map((decision) => textOf(objectOf(decisions)[decision] ?? 0))];
  const reasons = Object.entries(objectOf(suppressed)).map(([reason, count]) => [reason, textOf(count)]);
  return [
    head,
    formatTable(['day', ...DECISIONS], [...rows, total]),
    reasons.length === 0 ? '' : `\n${formatTable(['suppressed', 'times'], reasons)}`,
    describeOrders(objectOf(followed)),
  ].join('');
}

const DECISIONS = ['fired', 'held_out', 'deferred', 'suppressed', 'revoked'] as const;

function describeOrders({ days, order_rate: rate, baseline }: JsonObject): string {
  const { matched, order_rate_fired: fired, order_rate: others } = objectOf(baseline);
  const compared =
    matched === 0
      ? 'nobody to compare with'
      : `${percent(fired)} against ${percent(others)} of comparable people (${textOf(matched)} matched)`;
  return `\nordered within ${textOf(days)} days: ${percent(rate)}; ${compared}\n`;
}

function percent(value: JsonValue | undefined): string {
  return typeof value === 'number' ? `${(value * 100).toFixed(1)} %` : '-';
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
