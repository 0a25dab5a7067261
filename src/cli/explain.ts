import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { createEngineCall, type EngineFlags } from './engine-call.ts';
import { exitCodes } from './exit-codes.ts';
import { textOf } from './read-answer.ts';

const HELP = `
Says what of the trigger's pattern has matched and what is missing, whether its condition holds, what would be decided if the
pattern were complete now, and what waits or is deferred. Needs the scope read.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera explain phone:13900001111 plus_size_hesitation
  tessera explain user_id:u-1 abandoned_cart --json
`;

/** Adds `tessera explain` to the program. */
export function registerExplain(program: Command, context: CliContext): void {
  program
    .command('explain')
    .description('why a trigger has fired for somebody, or not')
    .argument('<profile>', 'a profile id, or an identifier as type:value')
    .argument('<trigger>', 'name of the trigger')
    .addHelpText('after', HELP)
    .option('--url <url>', `address of the engine (default ${context.url})`)
    .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
    .option('--json', 'print the answer as JSON')
    .action((profile: string, trigger: string, flags: EngineFlags) =>
      explain({ profile, trigger }, context, flags),
    );
}

async function explain(
  { profile, trigger }: { readonly profile: string; readonly trigger: string },
  context: CliContext,
  flags: EngineFlags,
): Promise<void> {
  const { stdout, stderr, setExitCode } = context;
  const json = flags.json === true;
  try {
    const query = new URLSearchParams({ trigger });
    const path = `/v1/profiles/${encodeURIComponent(profile)}/explain?${query}`;
    const answer = await createEngineCall(context, flags)({ method: 'GET', path });
    stdout.write(json ? `${JSON.stringify(answer)}\n` : describe(answer));
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    if (json) stdout.write(`${JSON.stringify({ code, detail })}\n`);
    stderr.write(`explain: ${detail} (${code})\n`);
    setExitCode(exitCodes.failed);
  }
}

/** The sentences, then the checks one below the other. */
function describe({ trigger, profile_id, says, if_complete_now: verdict }: JsonObject): string {
  const sentences = listOf(says).map((sentence) => `  ${String(sentence)}`);
  const checks = isJsonObject(verdict) ? listOf(verdict.checks).filter(isJsonObject) : [];
  const lines = checks.map(({ check, passed, ...seen }) => {
    const details = Object.entries(seen).map(([name, value]) => `${name} ${textOf(value)}`);
    return `  ${passed === true ? 'yes' : 'no '}  ${[String(check), ...details].join('  ')}`;
  });
  return `${[`${String(trigger)} for ${String(profile_id)}`, ...sentences, ...lines].join('\n')}\n`;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
