import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { runOnEngine, withEngineOptions } from './engine-command.ts';

const HELP = `
Erases people for good: profiles, identifiers, history, their records in the logs, and what that leaves on the disk. Named by
profile ids or identifiers (type:value); those of one call share the work. Waits for the receipt and prints it; ending the
command does not end the erasure. Needs the scope privacy, and --yes, since nothing brings them back.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera erase phone:13900001111 --yes
  tessera erase phone:13900001111 user_id:u-7 --yes
`;

interface EraseFlags extends EngineFlags {
  readonly yes: boolean;
}

/** Adds `tessera erase` to the program. */
export function registerErase(program: Command, context: CliContext): void {
  const command = program
    .command('erase')
    .description('erase people for good')
    .argument('<person...>', 'profile ids, or identifiers written type:value')
    .requiredOption('--yes', 'they are really to be erased')
    .addHelpText('after', HELP);
  withEngineOptions(command, context).action((people: string[], flags: EraseFlags) =>
    runOnEngine({ name: 'erase', context, flags }, async (call) => {
      const answer = await erase(call, people);
      const { profiles } = answer;
      const count = Array.isArray(profiles) ? profiles.length : 0;
      return { answer, text: `erased, with ${count} profile ids; receipt ${String(answer.id)}\n` };
    }),
  );
}

async function erase(call: CallEngine, people: readonly string[]): Promise<JsonObject> {
  let erasure = await call({ method: 'POST', path: '/v1/privacy/erasures', body: { profiles: [...people] } });
  while (erasure.status !== 'done') {
    await sleep(limits.erasureLookMs);
    erasure = await call({ method: 'GET', path: `/v1/privacy/erasures/${String(erasure.id)}` });
  }
  return erasure;
}
