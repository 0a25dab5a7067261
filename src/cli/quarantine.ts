import type { Command } from 'commander';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { engineCommands, runOnEngine, type Shown } from './engine-command.ts';
import { type KeptFlags, keptFilter, withKeptOptions } from './quarantine-filter.ts';
import { objectsIn, textOf } from './read-answer.ts';
import { formatTable, printable } from './text-table.ts';

const HELP = `
Events that were refused with a reason, or failed on being applied, are kept. Needs the scope read; with pii, show tells what an
event says without masks. tessera replay sends them on their way again once what stood against them is mended.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera quarantine counts
  tessera quarantine counts --by code,type --from 2026-11-20
  tessera quarantine list --code schema_violation --state waiting --limit 20
  tessera quarantine show q-5f1c0a9be7d24c3398a1b2c3
`;

/** Adds `tessera quarantine` to the program. */
export function registerQuarantine(program: Command, context: CliContext): void {
  const group = program
    .command('quarantine')
    .description('what was kept because it is not valid')
    .addHelpText('afterAll', HELP);
  const command = engineCommands(group, context);
  withKeptOptions(command('list', 'kept events, the newest first'))
    .option('--state <state>', 'waiting, replayed or given_up')
    .option('--limit <n>', 'how many at most')
    .option('--before <cursor>', 'where to go on')
    .action((flags: ListFlags) =>
      run(context, flags, async (call) => {
        const { state, limit, before } = flags;
        const answer = await ask(call, '', { ...keptFilter(flags), state, limit, before });
        return { answer, text: describeList(answer) };
      }),
    );
  withKeptOptions(command('counts', 'how many for what reason, the most frequent first'))
    .option(
      '--by <columns>',
      'code, source, path, type, channel, schema_version; the first three unless told',
    )
    .option('--state <state>', 'waiting, replayed or given_up')
    .action((flags: ListFlags & { readonly by?: string }) =>
      run(context, flags, async (call) => {
        const answer = await ask(call, '/counts', { ...keptFilter(flags), state: flags.state, by: flags.by });
        return { answer, text: describeCounts(answer, (flags.by ?? 'code,source,path').split(',')) };
      }),
    );
  command('show', 'one kept event: why, how it came, what it says, every attempt')
    .argument('<id>')
    .action((id: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const answer = await ask(call, `/${encodeURIComponent(id)}`, {});
        return { answer, text: describeOne(answer) };
      }),
    );
}

interface ListFlags extends KeptFlags {
  readonly state?: string;
  readonly limit?: string;
  readonly before?: string;
}

function run(
  context: CliContext,
  flags: EngineFlags,
  work: (call: CallEngine) => Promise<Shown>,
): Promise<void> {
  return runOnEngine({ name: 'quarantine', context, flags }, work);
}

function ask(
  call: CallEngine,
  path: string,
  parameters: Readonly<Record<string, string | undefined>>,
): Promise<JsonObject> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
  const text = query.toString();
  return call({ method: 'GET', path: `/v1/quarantine${path}${text === '' ? '' : `?${text}`}` });
}

const LISTED = ['id', 'received', 'source', 'type', 'code', 'path', 'state', 'attempts'];

function describeList({ quarantined, next }: JsonObject): string {
  const rows = objectsIn(quarantined).map((row) =>
    LISTED.map((name) => (name === 'received' ? timeOf(row.received_at) : textOf(row[name]))),
  );
  if (rows.length === 0) return 'none\n';
  const table = formatTable(LISTED, rows);
  return typeof next === 'string' ? `${table}more: --before ${next}\n` : table;
}

function describeCounts({ events, counts }: JsonObject, by: readonly string[]): string {
  const columns = [...by, 'events', 'waiting', 'replayed', 'given_up', 'example'];
  const rows = objectsIn(counts).map((row) => columns.map((name) => textOf(row[name])));
  return rows.length === 0 ? 'none\n' : `${formatTable(columns, rows)}${textOf(events)} events\n`;
}

function describeOne({ payload, tried, ...about }: JsonObject): string {
  const facts = Object.entries(about)
    .filter(([name]) => name !== 'last_attempt' && name !== 'masked')
    .map(([name, value]) => [name, name === 'received_at' ? timeOf(value) : textOf(value)]);
  const attempts = objectsIn(tried).map((attempt) => [
    timeOf(attempt.at),
    ...['author', 'status', 'code', 'path', 'message'].map((name) => textOf(attempt[name])),
  ]);
  const table =
    attempts.length === 0
      ? ''
      : `\n${formatTable(['tried', 'author', 'status', 'code', 'path', 'message'], attempts)}`;
  const text = JSON.stringify(payload, null, 2) ?? 'null';
  return `${formatTable(['field', 'value'], facts)}${table}\n${text.split('\n').map(printable).join('\n')}\n`;
}

function timeOf(value: JsonValue | undefined): string {
  return typeof value === 'number' ? new Date(value).toISOString() : '';
}
