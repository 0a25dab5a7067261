import { Argument, type Command } from 'commander';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { askForText, type EngineFlags } from './engine-call.ts';
import { runOnEngine, withEngineOptions } from './engine-command.ts';
import { paperOf } from './quality-report/sections.ts';
import { htmlOf, markdownOf } from './quality-report/write-paper.ts';
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
  journey      aware, interested, bought, bought again, recommends      --period --days
  zones        what the parts of a store do                             --store --limit
  tried        what is tried and not bought, by style and size          --days --store --item --limit
  demand       what is asked for by item and store                      --by --store --item --limit
  complaints   what customers complain about                            --limit
  preferences  who buys what they said they like                        --days --questions --limit
  costs        what messages cost, as it was told                       --limit
  returns      what campaigns return for what they cost                 --days --margin
  quality      what the data is worth: yesterday's, unless --day says   --day --from --to --markdown --html

Exit codes: 0 done; 1 failed; 2 wrong usage.

Examples:
  tessera report rfm
  tessera report funnel --steps product_viewed@online,order_completed@offline --window 14d --from 2026-10-01
  tessera report basket --item spu-1 --sort orders --limit 10
  tessera report campaigns --csv > campaigns.csv
  tessera report quality --day 2026-11-21 --html > quality.html
  tessera report demand --by variant --store SH-001 --csv > demand.csv
`;

const REPORTS = [
  ...['rfm', 'funnel', 'retention', 'clv', 'campaigns', 'channels', 'basket', 'times'],
  ...['journey', 'zones', 'tried', 'demand', 'complaints', 'preferences', 'costs', 'returns'],
  'quality',
] as const;

/** Flag and the parameter that it becomes. */
const PARAMETERS = [
  ['--from <time>', 'from', 'from when on, such as 2026-08-01'],
  ['--to <time>', 'to', 'until just before when'],
  ['--at <time>', 'at', 'as of when'],
  ['--day <day>', 'day', 'a day, such as 2026-11-21, or yesterday'],
  ['--zone <name>', 'zone', 'time zone, such as Asia/Shanghai'],
  ['--currency <code>', 'currency', 'whose money counts, such as CNY'],
  ['--steps <types>', 'steps', 'event types divided by commas, each with @channels if need be'],
  ['--window <duration>', 'window', 'how long the whole way may take, such as 7d'],
  ['--by <what>', 'by', 'channel; of demand: item or variant'],
  ['--period <period>', 'period', 'day, week or month'],
  ['--periods <n>', 'periods', 'how many periods after the first'],
  ['--event <type>', 'event', 'an event type'],
  ['--days <n>', 'days', 'within how many days'],
  ['--item <id>', 'item', 'an item'],
  ['--store <id>', 'store', 'a store'],
  ['--questions <ids>', 'questions', 'questions of surveys, divided by commas'],
  ['--margin <rate>', 'margin', 'what is left of net revenue, from 0 to 1'],
  ['--min-orders <n>', 'min_orders', 'in how many orders a pair is at least'],
  ['--sort <by>', 'sort', 'lift or orders'],
  ['--limit <n>', 'limit', 'how many rows'],
] as const;

interface ReportFlags extends EngineFlags {
  readonly csv?: boolean;
  readonly markdown?: boolean;
  readonly html?: boolean;
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
    .option('--markdown', 'of quality: print a report with tables')
    .option('--html', 'of quality: print a page with charts')
    .addHelpText('after', HELP)
    .action((name: string, flags: ReportFlags, own: Command) => {
      if (name !== 'quality' && (flags.markdown === true || flags.html === true))
        own.error('error: --markdown and --html are of the report quality');
      return report(name, flags, context);
    });
}

async function report(name: string, flags: ReportFlags, context: CliContext): Promise<void> {
  const query = new URLSearchParams();
  for (const [flag, parameter] of PARAMETERS) {
    const value = flags[camelCase(flag)];
    if (typeof value === 'string') query.set(parameter, value);
  }
  // The report of a day is of one that is over.
  if (name === 'quality' && !['day', 'from', 'to'].some((parameter) => query.has(parameter)))
    query.set('day', 'yesterday');
  const pathOf = (format: string): string => {
    query.set('format', format);
    return `/v1/analytics/${name}?${query}`;
  };
  await runOnEngine({ name: 'report', context, flags }, async (call) => {
    if (flags.json === true) return { answer: await call({ method: 'GET', path: pathOf('json') }), text: '' };
    if (flags.csv === true)
      return { answer: {}, text: await askForText(context, flags, { method: 'GET', path: pathOf('csv') }) };
    if (flags.markdown === true || flags.html === true) {
      const answer = await call({ method: 'GET', path: pathOf('json') });
      const paper = paperOf(isJsonObject(answer.report) ? answer.report : {});
      return { answer, text: flags.html === true ? htmlOf(paper) : markdownOf(paper) };
    }
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
