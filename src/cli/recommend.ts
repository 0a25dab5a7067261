import type { Command } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags } from './engine-call.ts';
import { runOnEngine, withEngineOptions } from './engine-command.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Whoever it is for is named by --profile, or --phone; without either it is for anybody. What each placement shows is a definition:
tessera recommend --placement nothing names those that there are. --explain says what each rule has left out. Needs the scope
read.

Exit codes: 0 done, also where the list is empty; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera recommend --phone 13900001111 --store SH-001 --placement store
  tessera recommend --placement item --item spu-3301 --limit 5
  tessera recommend --profile user_id:u-1 --placement home --explain --json
`;

interface RecommendFlags extends EngineFlags {
  readonly profile?: string;
  readonly phone?: string;
  readonly placement?: string;
  readonly store?: string;
  readonly item?: string;
  readonly cart?: string;
  readonly limit?: string;
  readonly locale?: string;
  readonly explain?: boolean;
}

/** Adds `tessera recommend` to the program. */
export function registerRecommend(program: Command, context: CliContext): void {
  withEngineOptions(
    program.command('recommend').description('what to show or offer to somebody, or to anybody'),
    context,
  )
    .option('--profile <profile>', 'a profile id, or an identifier as type:value')
    .option('--phone <number>', 'the same for phone:<number>')
    .option('--placement <name>', 'what the list is for (default home)')
    .option('--store <store>', 'where they are, by id or alias')
    .option('--item <item>', 'what they look at')
    .option('--cart <items>', 'what is in the cart, separated by commas')
    .option('--limit <n>', 'how many items at most')
    .option('--locale <tag>', 'language of the reasons, such as zh-CN')
    .option('--explain', 'say what each rule has left out')
    .addHelpText('after', HELP)
    .action((flags: RecommendFlags) => recommend(flags, context));
}

function recommend(flags: RecommendFlags, context: CliContext): Promise<void> {
  return runOnEngine({ name: 'recommend', context, flags }, async (call) => {
    const answer = await call({ method: 'GET', path: `/v1/recommendations?${questionOf(flags)}` });
    return { answer, text: describe(answer) };
  });
}

function questionOf({ profile, phone, explain, ...flags }: RecommendFlags): string {
  const whom = profile ?? (phone === undefined ? undefined : `phone:${phone}`);
  const query = new URLSearchParams();
  const { placement, store, item, cart, limit, locale } = flags;
  for (const [name, value] of Object.entries({ profile: whom, placement, store, item, cart, limit, locale }))
    if (value !== undefined) query.set(name, value);
  if (explain === true) query.set('explain', '1');
  return query.toString();
}

/** A line on the whole list, then the items, then what was left out. */
function describe({
  profile_id: profile,
  strategy,
  personalized,
  took_us: took,
  items,
  explain,
}: JsonObject): string {
  const whom =
    profile === undefined ? 'anybody' : `${profile}${personalized === true ? '' : ', without their history'}`;
  const head = `for ${whom}: ${strategy}, ${took} µs\n`;
  const list = offersTable(items);
  return (
    head +
    (list === '' ? 'nothing to offer\n' : list) +
    (isJsonObject(explain) ? describeFiltered(explain) : '')
  );
}

/** Items that are offered, as a table; empty where there are none. */
export function offersTable(items: JsonValue | undefined): string {
  const rows = (Array.isArray(items) ? items : []).filter(isJsonObject);
  if (rows.length === 0) return '';
  return formatTable(
    ['ITEM', 'VARIANT', 'NAME', 'SIZE', 'PRICE', 'SCORE', 'WHY'],
    rows.map((row) => [
      ...['item_id', 'variant_id', 'name', 'size'].map((name) => text(row[name])),
      row.price === undefined ? '' : `${text(row.price)} ${text(row.currency)}`,
      text(row.score),
      (Array.isArray(row.reasons) ? row.reasons : [])
        .filter(isJsonObject)
        .map((reason) => text(reason.text))
        .join('; '),
    ]),
  );
}

function describeFiltered({ candidates, filtered }: JsonObject): string {
  const rules = isJsonObject(filtered) ? Object.entries(filtered) : [];
  const lines = rules.map(([rule, count]) => `  ${text(count)} left out by ${rule}\n`);
  return `${text(candidates)} candidates\n${lines.join('')}`;
}

function text(value: JsonValue | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}
