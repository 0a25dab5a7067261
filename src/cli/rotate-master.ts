import type { Command } from 'commander';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags } from './engine-call.ts';
import { engineCommands, runOnEngine, waitForJob } from './engine-command.ts';

/** Adds `tessera keys rotate-master` to the group of keys. */
export function registerRotateMaster(keys: Command, context: CliContext): void {
  engineCommands(keys, context)(
    'rotate-master',
    'wrap every stored key under the master key of now, while everything goes on',
  ).action((flags: EngineFlags) =>
    runOnEngine({ name: 'keys', context, flags }, async (call) => {
      const created = await call({ method: 'POST', path: '/v1/master-key/rotations', body: {} });
      const answer = await waitForJob(call, created, {
        context,
        flags,
        name: 'The exchange of the master key',
        doing: 'wrapping stored keys anew',
      });
      return { answer, text: describe(answer) };
    }),
  );
}

function describe(answer: JsonObject): string {
  const { keys, rewrapped, unreadable, master_key: id } = answer;
  const lost =
    Number(unreadable) === 0
      ? 'The previous master key is not needed any more.'
      : `${String(unreadable)} keys are under neither master key: give the previous one as TESSERA_MASTER_KEY_PREVIOUS.`;
  return `${String(rewrapped)} of ${String(keys)} keys were wrapped anew under the master key ${String(id)}.\n${lost}\n`;
}
