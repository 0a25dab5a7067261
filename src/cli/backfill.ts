import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { type CallEngine, createEngineCall, type EngineFlags } from './engine-call.ts';
import { followJob } from './follow-job.ts';
import { createProgress } from './progress.ts';

const HELP = `
Computes a feature that was defined later from history, as if it had been there from the start, while events keep
arriving. Needs the scope define. Interrupting the command leaves the work to the engine, which goes on with it after a
restart, too; asked again the command follows it on.

Exit codes: 0 done, also where nothing was missing; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera backfill views
  tessera backfill spend_by_category --no-wait --json
`;

interface BackfillFlags extends EngineFlags {
  /** False with \`--no-wait\`. */
  readonly wait: boolean;
}

/** Adds `tessera backfill` to the program. */
export function registerBackfill(program: Command, context: CliContext): void {
  program
    .command('backfill')
    .description('fill a feature from history')
    .argument('<name>', 'name of the definition')
    .addHelpText('after', HELP)
    .option('--url <url>', `address of the engine (default ${context.url})`)
    .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
    .option('--json', 'print the answer as JSON')
    .option('--no-wait', 'answer the job and leave it to the engine')
    .action((name: string, flags: BackfillFlags) => backfill(name, context, flags));
}

async function backfill(name: string, context: CliContext, flags: BackfillFlags): Promise<void> {
  const { stdout, stderr, setExitCode } = context;
  const json = flags.json === true;
  try {
    const answer = await ask(createEngineCall(context, flags), name, { context, flags });
    stdout.write(json ? `${JSON.stringify(answer)}\n` : describe(name, answer));
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    if (json) stdout.write(`${JSON.stringify({ code, detail })}\n`);
    stderr.write(`backfill: ${detail} (${code})\n`);
    // What the command was to bring about is so.
    if (code !== 'feature_complete') setExitCode(1);
  }
}

interface Asking {
  readonly context: CliContext;
  readonly flags: BackfillFlags;
}

async function ask(call: CallEngine, name: string, { context, flags }: Asking): Promise<JsonObject> {
  const { stderr, isTty, clock } = context;
  const path = `/v1/features/${encodeURIComponent(name)}/backfills`;
  const { job: created } = await call({ method: 'POST', path });
  const job = isJsonObject(created) ? created : {};
  if (!flags.wait) return job;
  const progress = createProgress({ stderr, isTty, clock, quiet: flags.json === true });
  progress.start(`Filling ${name}`);
  try {
    return await followJob(call, { job, name: 'The backfill', progress });
  } finally {
    progress.stop();
  }
}

function describe(name: string, answer: JsonObject): string {
  const { id, status, features, events, facets } = answer;
  if (status !== undefined) return `job ${String(id)}: ${String(status)}\n`;
  const names = Array.isArray(features) ? features.join(', ') : name;
  return `${names}: filled from ${String(events)} events, ${String(facets)} facets\n`;
}
