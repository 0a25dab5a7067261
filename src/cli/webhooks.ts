import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { type CallEngine, createEngineCall, type EngineFlags } from './engine-call.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Webhooks are definitions: PUT /v1/definitions/webhooks/NAME puts one in force. Looking needs the scope define, replaying admin.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera webhooks list
  tessera webhooks show crm
  tessera webhooks dead crm --limit 20
  tessera webhooks replay crm
  tessera webhooks replay crm 5f1c0a9be7d24c3398a1b2c3d4e5f607
`;

/** Adds `tessera webhooks …` to the program. */
export function registerWebhooks(program: Command, context: CliContext): void {
  const webhooks = program
    .command('webhooks')
    .description('see how endpoints take what they are told, and tell them again')
    .addHelpText('afterAll', HELP);
  const add = (name: string, description: string): Command =>
    webhooks
      .command(name)
      .description(description)
      .option('--url <url>', `address of the engine (default ${context.url})`)
      .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
      .option('--json', 'print the answer as JSON');
  add('list', 'all webhooks with how their endpoints take it').action((flags: EngineFlags) =>
    answer(context, flags, (call) => call({ method: 'GET', path: '/v1/webhooks' })),
  );
  add('show', 'one webhook')
    .argument('<name>', 'its name')
    .action((name: string, flags: EngineFlags) =>
      answer(context, flags, (call) => call({ method: 'GET', path: pathOf(name) })),
    );
  add('dead', 'messages that nobody tries to bring any more')
    .argument('<name>', 'name of the webhook')
    .option('--limit <n>', 'how many at most')
    .option('--after <cursor>', 'where to go on')
    .action((name: string, { limit, after, ...flags }: DeadFlags) => {
      const query = new URLSearchParams({ ...(limit && { limit }), ...(after && { after }) }).toString();
      const path = `${pathOf(name)}/dead${query === '' ? '' : `?${query}`}`;
      return answer(context, flags, (call) => call({ method: 'GET', path }));
    });
  add('replay', 'have dead messages brought again, all of them unless some are named')
    .argument('<name>', 'name of the webhook')
    .argument('[ids...]', 'ids of messages')
    .action((name: string, ids: readonly string[], flags: EngineFlags) => {
      const body = ids.length === 0 ? {} : { ids };
      return answer(context, flags, (call) =>
        call({ method: 'POST', path: `${pathOf(name)}/replays`, body }),
      );
    });
}

interface DeadFlags extends EngineFlags {
  readonly limit?: string;
  readonly after?: string;
}

function pathOf(name: string): string {
  return `/v1/webhooks/${encodeURIComponent(name)}`;
}

async function answer(
  context: CliContext,
  flags: EngineFlags,
  ask: (call: CallEngine) => Promise<JsonObject>,
): Promise<void> {
  const { stdout, stderr, setExitCode } = context;
  const json = flags.json === true;
  try {
    const found = await ask(createEngineCall(context, flags));
    stdout.write(json ? `${JSON.stringify(found)}\n` : describeWebhooks(found));
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    if (json) stdout.write(`${JSON.stringify({ code, detail })}\n`);
    stderr.write(`webhooks: ${detail} (${code})\n`);
    setExitCode(exitCodes.failed);
  }
}

/** An answer of the routes as a table or a line. */
export function describeWebhooks(found: JsonObject): string {
  const { webhooks, dead, replayed, more, next } = found;
  if (typeof replayed === 'number')
    return `${replayed} on their way again${more === true ? '; there are more' : ''}\n`;
  if (dead === undefined || typeof dead === 'number') return tableOf(webhooks ?? [found], STANDING);
  const page = tableOf(dead, DEAD);
  return typeof next === 'string' ? `${page}more: --after ${next}\n` : page;
}

const STANDING = ['name', 'state', 'waiting', 'delivered', 'dead', 'failures_in_a_row', 'url'];
const DEAD = ['id', 'trigger', 'profile_id', 'decision', 'reason', 'status', 'attempts', 'at'];

function tableOf(rows: JsonValue, columns: readonly string[]): string {
  const list: readonly JsonValue[] = Array.isArray(rows) ? rows : [];
  if (list.length === 0) return 'none\n';
  const cells = list.filter(isJsonObject).map((row) => columns.map((name) => cellOf(name, row[name])));
  return `${formatTable(columns, cells)}\n`;
}

function cellOf(name: string, value: JsonValue | undefined): string {
  return name === 'at' && typeof value === 'number' ? new Date(value).toISOString() : String(value ?? '');
}
