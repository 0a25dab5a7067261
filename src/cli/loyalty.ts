import type { Command } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags, EngineRequest } from './engine-call.ts';
import { engineCommands, runOnEngine } from './engine-command.ts';
import { formatTable } from './text-table.ts';

const HELP = `
A profile is named by its id, or by an identifier written type:value, or type@issuer:value where the issuer is not the
default one. Looking needs the scope read, adjusting admin; the name of the key is the author.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera loyalty show member_id:00120457
  tessera loyalty adjust member_id:00120457 200 --reason "late delivery" --id ticket-771
  tessera loyalty adjust phone:13900001111 -50 --reason "credited twice"
`;

interface AdjustFlags extends EngineFlags {
  readonly reason: string;
  readonly expires?: string;
  readonly id?: string;
}

/** Adds `tessera loyalty …` to the program. */
export function registerLoyalty(program: Command, context: CliContext): void {
  const loyalty = program
    .command('loyalty')
    .description("look at and correct people's points")
    .addHelpText('afterAll', HELP);
  const add = engineCommands(loyalty, context);
  add('show', 'the balance of a profile, its lots and its newest entries')
    .argument('<profile>', 'profile id or identifier')
    .option('--limit <n>', 'how many entries at most')
    .action((profile: string, { limit, ...flags }: EngineFlags & { readonly limit?: string }) => {
      const query = limit === undefined ? '' : `?limit=${encodeURIComponent(limit)}`;
      const path = `/v1/profiles/${encodeURIComponent(profile)}/points${query}`;
      return answer(context, flags, { method: 'GET', path });
    });
  add('adjust', 'give points, or take them where the number is negative')
    .argument('<profile>', 'profile id or identifier')
    .argument('<points>', 'how many')
    .requiredOption('--reason <text>', 'why')
    .option('--expires <time>', "when given points run out (default the program's expiry)")
    .option('--id <id>', 'repeating a command with the same id changes nothing more')
    .action((profile: string, points: string, { reason, expires, id, ...flags }: AdjustFlags) => {
      const optional = { ...(expires === undefined ? {} : { expires_at: expires }), ...(id && { id }) };
      const body = { profile, points: Number(points), reason, ...optional };
      return answer(context, flags, { method: 'POST', path: '/v1/loyalty/adjustments', body });
    });
}

function answer(context: CliContext, flags: EngineFlags, asked: EngineRequest): Promise<void> {
  return runOnEngine({ name: 'loyalty', context, flags }, async (call) => {
    const found = await call(asked);
    return { answer: found, text: describeLedger(found) };
  });
}

/** The ledger as a few lines and two tables. */
export function describeLedger(ledger: JsonObject): string {
  const { points, pending, debt, tier, tier_until, lots, entries, already } = ledger;
  const until = typeof tier_until === 'number' ? ` until ${moment(tier_until)}` : '';
  const lines = [
    `${ledger.profile_id}`,
    `points ${points}, pending ${pending}, debt ${debt}${tier === null ? '' : `, tier ${tier}${until}`}`,
    ...(already === true ? ['This adjustment had been made before.'] : []),
  ];
  const tables = [
    tableOf(lots, ['lot', 'by', 'available', 'pending', 'available_at', 'expires_at']),
    tableOf(entries, ['at', 'kind', 'change', 'amount', 'lot', 'event_id', 'by']),
  ];
  return `${[...lines, ...tables.filter((table) => table !== '')].join('\n')}\n`;
}

const TIMES: ReadonlySet<string> = new Set(['at', 'available_at', 'expires_at']);

function tableOf(rows: JsonValue | undefined, columns: readonly string[]): string {
  if (!Array.isArray(rows) || rows.length === 0) return '';
  const list: readonly JsonValue[] = rows;
  const cells = list
    .filter(isJsonObject)
    .map((row) => columns.map((name) => (TIMES.has(name) ? moment(row[name]) : String(row[name] ?? ''))));
  return `\n${formatTable(columns, cells)}`;
}

function moment(value: JsonValue | undefined): string {
  return typeof value === 'number' ? new Date(value).toISOString() : '';
}
