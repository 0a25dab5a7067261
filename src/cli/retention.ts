import type { Command } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags } from './engine-call.ts';
import { runOnEngine, waitForJob, withEngineOptions } from './engine-command.ts';

const HELP = `
Says what the rules of retention would let go now; with --run it goes: rows of history, and people who have been quiet for
as long as a rule says, who are exported and then erased. The engine does the same by itself once a day. Rules are
definitions of the kind retention. Needs the scope privacy.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera retention
  tessera retention --run
`;

interface RetentionFlags extends EngineFlags {
  readonly run?: boolean;
}

/** Adds `tessera retention` to the program. */
export function registerRetention(program: Command, context: CliContext): void {
  const command = program
    .command('retention')
    .description('say what the rules of retention let go, or let it go')
    .option('--run', 'let it go')
    .addHelpText('after', HELP);
  withEngineOptions(command, context).action((flags: RetentionFlags) =>
    runOnEngine({ name: 'retention', context, flags }, async (call) => {
      const body = { dry_run: flags.run !== true };
      const created = await call({ method: 'POST', path: '/v1/privacy/retention/runs', body });
      const doing = flags.run ? 'Letting go' : 'Counting';
      const answer = await waitForJob(call, created, { context, flags, name: 'The run', doing });
      return { answer, text: describe(answer) };
    }),
  );
}

function describe({ dry_run: dry, rows, dormant }: JsonObject): string {
  const verb = dry === true ? 'would go' : 'gone';
  const lines = listOf(rows).map(({ rule, table, types, before, rows: count }) => {
    const which = Array.isArray(types) ? ` (${types.join(', ')})` : '';
    return `${String(rule)}: ${String(count)} rows of ${String(table)}${which} before ${day(before)} ${verb}`;
  });
  if (isJsonObject(dormant)) {
    const { rule, profiles, staying, days } = dormant;
    const stays = Object.entries(isJsonObject(staying) ? staying : {})
      .map(([why, count]) => `${String(count)} stay for ${why}`)
      .join(', ');
    lines.push(
      `${String(rule)}: ${String(profiles)} people quiet for ${String(days)} days${stays === '' ? '' : `; ${stays}`}`,
    );
  }
  return lines.length === 0 ? 'no rules of retention\n' : `${lines.join('\n')}\n`;
}

function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function day(at: JsonValue | undefined): string {
  return new Date(Number(at)).toISOString().slice(0, 10);
}
