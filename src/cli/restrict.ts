import type { Command } from 'commander';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags } from './engine-call.ts';
import { runOnEngine, withEngineOptions } from './engine-command.ts';
import { personOf } from './export.ts';
import { printable } from './text-table.ts';

const HELP = `
Restricts what is done with a person's data to storing it, lifts that, or says what holds. Triggers, recommendations and
lists leave a restricted person alone. The person is named by a profile id or by an identifier (type:value). Needs the
scope privacy.

Exit codes: 0 done; 1 the engine refused it; 2 wrong usage.

Examples:
  tessera restrict phone:13900001111 --reason 'asked by letter'
  tessera restrict phone:13900001111 --lift --reason 'withdrawn'
  tessera restrict phone:13900001111 --show
`;

interface RestrictFlags extends EngineFlags {
  readonly reason?: string;
  readonly lift?: boolean;
  readonly show?: boolean;
}

/** Adds `tessera restrict` to the program. */
export function registerRestrict(program: Command, context: CliContext): void {
  const command = program
    .command('restrict')
    .description("restrict what is done with a person's data to storing it")
    .argument('<person>', 'a profile id, or an identifier written type:value')
    .option('--reason <text>', 'why, for the record')
    .option('--lift', 'lift the restriction')
    .option('--show', 'only say what holds')
    .addHelpText('after', HELP);
  withEngineOptions(command, context).action((person: string, flags: RestrictFlags) =>
    runOnEngine({ name: 'restrict', context, flags }, async (call) => {
      const path = `/v1/privacy/restrictions/${encodeURIComponent(person)}`;
      const { reason = '', lift, show } = flags;
      const because = reason === '' ? '' : `?reason=${encodeURIComponent(reason)}`;
      const body = { ...personOf(person), reason };
      const answer = show
        ? await call({ method: 'GET', path })
        : lift
          ? await call({ method: 'DELETE', path: path + because })
          : await call({ method: 'POST', path: '/v1/privacy/restrictions', body });
      return { answer, text: describe(answer) };
    }),
  );
}

function describe({ profile_id: id, restricted, since, reason, author }: JsonObject): string {
  if (restricted !== true) return `${String(id)}: not restricted\n`;
  const why = reason === '' ? '' : `: ${String(reason)}`;
  return `${String(id)}: restricted since ${new Date(Number(since)).toISOString()} by ${printable(String(author))}${printable(why)}\n`;
}
