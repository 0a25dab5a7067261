import type { Command } from 'commander';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { engineCommands, runOnEngine } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { readTagFile, type TagLine } from './read-tag-file.ts';

const HELP = `
A tag belongs to the identifier that it was put on: it goes with it when people are merged, and leaves with it when they
are taken apart. Needs the scope admin; the author is the name of the key.

A tag file is CSV with a header: profile,tag and, where wanted, reason,expires,on. profile is an identifier, written
type:value, or a profile id; on is true unless it says false. Repeating an import changes nothing but dates.

Exit codes: 0 done; 1 failed, or a line was refused (each is printed with its number); 2 wrong usage.

Examples:
  tessera tags add phone:13900001111 vip --reason "wedding in June" --expires 2026-07-01
  tessera tags remove phone:13900001111 vip
  tessera tags import vip-list.csv
`;

interface TagFlags extends EngineFlags {
  readonly reason?: string;
  readonly expires?: string;
}

/** Adds `tessera tags` to the program. */
export function registerTags(program: Command, context: CliContext): void {
  const group = program.command('tags').description('tags by hand').addHelpText('afterAll', HELP);
  const command = engineCommands(group, context);
  command('add', 'put a tag on a profile')
    .argument('<profile>', 'type:value, or a profile id')
    .argument('<tag>')
    .option('--reason <text>', 'why')
    .option('--expires <time>', 'when it goes by itself, such as 2026-07-01')
    .action((profile: string, tag: string, { reason, expires, ...flags }: TagFlags) => {
      const more = {
        ...(reason === undefined ? {} : { reason }),
        ...(expires === undefined ? {} : { expires }),
      };
      return change([{ line: 1, change: { profile, tag, ...more } }], context, flags);
    });
  command('remove', 'take a tag off a profile')
    .argument('<profile>', 'type:value, or a profile id')
    .argument('<tag>')
    .action((profile: string, tag: string, flags: EngineFlags) =>
      change([{ line: 1, change: { profile, tag, on: false } }], context, flags),
    );
  command('import', 'put on, or take off, the tags of a file')
    .argument('<file>', 'CSV with a header')
    .action((file: string, flags: EngineFlags) => change(readTagFile(file), context, flags));
}

/** Puts the tags on, or takes them off; what was refused is printed line by line. */
function change(
  changes: readonly TagLine[] | Promise<readonly TagLine[]>,
  context: CliContext,
  flags: EngineFlags,
): Promise<void> {
  return runOnEngine({ name: 'tags', context, flags }, async (call) => {
    const lines = await changes;
    const answer = await sendAll(lines, call);
    for (const { line, code, message } of answer.refused) {
      const place = lines.length === 1 ? '' : `line ${line}: `;
      context.stderr.write(`tags: ${place}${message} (${code})\n`);
    }
    if (answer.refused.length > 0) context.setExitCode(exitCodes.failed);
    return { answer, text: `${answer.applied} applied\n` };
  });
}

interface Refused extends JsonObject {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

async function sendAll(
  changes: readonly TagLine[],
  call: CallEngine,
): Promise<{ readonly applied: number; readonly refused: Refused[] }> {
  let applied = 0;
  const refused: Refused[] = [];
  for (let from = 0; from < changes.length; from += limits.tagChangesMax) {
    const part = changes.slice(from, from + limits.tagChangesMax);
    const answer = await call({
      method: 'POST',
      path: '/v1/tags',
      body: { changes: part.map((each) => each.change) },
    });
    applied += Number(answer.applied);
    for (const each of Array.isArray(answer.refused) ? answer.refused.filter(isJsonObject) : []) {
      const line = part[Number(each.index)]?.line ?? 0;
      refused.push({ line, code: String(each.code), message: String(each.message) });
    }
  }
  return { applied, refused };
}
