import { Argument, type Command } from 'commander';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { askForText, type EngineFlags } from './engine-call.ts';
import { runOnEngine, withEngineOptions } from './engine-command.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Out of history, for merged people as one. Money is in the reporting currency unless --currency says otherwise; days, weeks and
months are those of the zone of the messaging definition unless --zone says otherwise.

Reports:
  rfm          recency, frequency and monetary value in fifths          --at
  funnel       who comes how far                                        --steps --window --by channel
  retention    who comes back, by the first time                        --period --periods --event
  clv          what customers have been worth, by cohort                --period --periods
  campaigns    what messages bring, beside the holdout                  --days
  channels     who looks where and buys where                           --days
  basket       what is bought together                                  --item --min-orders --sort --limit
  times        when it happens, by weekday and hour                     --event

Exit codes: 0 done; 1 failed; 2 wrong usage.

Examples:
  tessera report rfm
  tessera report funnel --steps product_viewed@online,order_completed@offline --window 14d --from 2026-10-01
  tessera report basket --item spu-1 --sort orders --limit 10
  tessera report campaigns --csv > campaigns.csv
`;

const REPORTS = ['rfm', 'funnel', 'retention', 'clv', 'campaigns', 'channels', 'basket', 'times'] as const;

/** Flag and the parameter that it becomes. */
const PARAMETERS = [
  ['--from <time>', 'from', 'from when on, such as 2026-08-01'],
  ['--to <time>', 'to', 'until just before when'],
  ['--at <time>', 'at', 'as of when'],
  ['--zone <name>', 'zone', 'time zone, such as Asia/Shanghai'],
  ['--currency <code>', 'currency', 'whose money counts, such as CNY'],
  ['--steps <types>', 'steps', 'event types divided by commas, each with @channels if need be'],
  ['--window <duration>', 'window', 'how long the whole way may take, such as 7d'],
  ['--by <what>', 'by', 'channel'],
  ['--period <period>', 'period', 'day, week or month'],
  ['--periods <n>', 'periods', 'how many periods after the first'],
  ['--event <type>', 'event', 'an event type'],
  ['--days <n>', 'days', 'within how many days'],
  ['--item <id>', 'item', 'an item'],
  ['--min-orders <n>', 'min_orders', 'in how many orders a pair is at least'],
  ['--sort <by>', 'sort', 'lift or orders'],
  ['--limit <n>', 'limit', 'how many rows'],
] as const;

interface ReportFlags extends EngineFlags {
  readonly csv?: boolean;
  readonly [flag: string]: unknown;
}

/** Adds `tessera report` to the program. */
export function registerReport(program: Command, context: CliContext): void {
  const command = withEngineOptions(
    program
      .command('report')
      .description('figures out of history: RFM, funnels, cohorts, campaigns, baskets'),
    context,
  ).addArgument(new Argument('<report>', 'which').choices(REPORTS));
  for (const [flag, , description] of PARAMETERS) command.option(flag, description);
  command
    .option('--csv', 'print the rows as CSV')
    .addHelpText('after', HELP)
    .action((name: string, flags: ReportFlags) => report(name, flags, context));
}

async function report(name: string, flags: ReportFlags, context: CliContext): Promise<void> {
  const query = new URLSearchParams();
  for (const [flag, parameter] of PARAMETERS) {
    const value = flags[camelCase(flag)];
    if (typeof value === 'string') query.set(parameter, value);
  }
  const pathOf = (format: string): string => {
    query.set('format', format);
    return `/v1/analytics/${name}?${query}`;
  };
  await runOnEngine({ name: 'report', context, flags }, async (call) => {
    if (flags.json === true) return { answer: await call({ method: 'GET', path: pathOf('json') }), text: '' };
    if (flags.csv === true)
      return { answer: {}, text: await askForText(context, flags, { method: 'GET', path: pathOf('csv') }) };
    const answer = await call({ method: 'GET', path: pathOf('table') });
    return { answer, text: textOf(answer) };
  });
}

function textOf({ columns, rows }: JsonObject): string {
  if (!Array.isArray(columns) || !Array.isArray(rows)) return '';
  if (rows.length === 0) return 'Nothing was found.\n';
  const cells = rows.map((row) =>
    Array.isArray(row) ? row.map((cell) => (cell === null ? '' : String(cell))) : [],
  );
  return formatTable(columns.map(String), cells);
}

/** `--min-orders <n>` is `minOrders` among the flags. */
function camelCase(flag: string): string {
  const [name = ''] = flag.slice(2).split(' ');
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
