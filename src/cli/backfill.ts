import type { Command } from 'commander';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { runOnEngine, waitForJob, withEngineOptions } from './engine-command.ts';

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
  const command = program
    .command('backfill')
    .description('fill a feature from history')
    .argument('<name>', 'name of the definition')
    .addHelpText('after', HELP);
  withEngineOptions(command, context)
    .option('--no-wait', 'answer the job and leave it to the engine')
    .action((name: string, flags: BackfillFlags) => backfill(name, context, flags));
}

function backfill(name: string, context: CliContext, flags: BackfillFlags): Promise<void> {
  // A feature that is complete is what the command was to bring about.
  const exitOf = (code: string): number => (code === 'feature_complete' ? 0 : 1);
  return runOnEngine({ name: 'backfill', context, flags, exitOf }, async (call) => {
    const answer = await ask(call, name, { context, flags });
    return { answer, text: describe(name, answer) };
  });
}

interface Asking {
  readonly context: CliContext;
  readonly flags: BackfillFlags;
}

async function ask(call: CallEngine, name: string, { context, flags }: Asking): Promise<JsonObject> {
  const path = `/v1/features/${encodeURIComponent(name)}/backfills`;
  const created = await call({ method: 'POST', path });
  if (!flags.wait) return isJsonObject(created.job) ? created.job : {};
  return waitForJob(call, created, { context, flags, name: 'The backfill', doing: `Filling ${name}` });
}

function describe(name: string, answer: JsonObject): string {
  const { id, status, features, events, facets } = answer;
  if (status !== undefined) return `job ${String(id)}: ${String(status)}\n`;
  const names = Array.isArray(features) ? features.join(', ') : name;
  return `${names}: filled from ${String(events)} events, ${String(facets)} facets\n`;
}
