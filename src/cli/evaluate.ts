import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { type Click, evaluateNextItems, type NextItemResult } from '../recommend/next-item-evaluation.ts';
import type { SessionCapacity } from '../recommend/session-parameters.ts';
import type { CliContext } from './context.ts';
import { readClicks } from './evaluate/read-clicks.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable } from './text-table.ts';

const LIMIT_MAX = 1_000;

interface EvaluateFlags {
  readonly train: string;
  readonly test: string;
  readonly limit: string;
  readonly json?: boolean;
}

const HELP = `
The files hold SessionId, ItemId and Time (epoch seconds), separated by tabs, under a line of names. Each next item of each
test session is predicted from those before; the current item may be recommended, and every prediction counts, also of
items that the training does not know. The index learns the training's clicks in the order of time, as it does live.
"frozen" then answers the whole test; "prequential" goes on learning, each click after it was predicted.

Exit codes: 0 done; 1 a file cannot be read; 2 wrong usage.

Examples:
  tessera evaluate recommendations --train yoochoose_train.txt --test yoochoose_test.txt
  tessera evaluate recommendations --train train.txt --test test.txt --limit 10 --json
`;

/** Adds `tessera evaluate` to the program: commands that need no engine. */
export function registerEvaluate(program: Command, context: CliContext): void {
  program
    .command('evaluate')
    .description('how good something is, measured on files')
    .command('recommendations')
    .description('how well the next item of a session is predicted')
    .requiredOption('--train <file>', 'clicks that the index learns')
    .requiredOption('--test <file>', 'clicks that it predicts')
    .option('--limit <n>', 'length of the lists', '20')
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', HELP)
    .action((flags: EvaluateFlags) => evaluate(flags, context));
}

async function evaluate(flags: EvaluateFlags, context: CliContext): Promise<void> {
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    context.stderr.write(`evaluate: --limit must be between 1 and ${LIMIT_MAX}\n`);
    context.setExitCode(exitCodes.usage);
    return;
  }
  try {
    const train = await readClicks(flags.train);
    const test = await readClicks(flags.test);
    const index = { capacity: capacityFor([...train, ...test]) };
    const results = {
      frozen: evaluateNextItems({ train, test, limit, index }),
      prequential: evaluateNextItems({ train, test, limit, index, learns: true }),
    };
    const text = flags.json === true ? `${JSON.stringify(results)}\n` : describe(results, limit);
    context.stdout.write(text);
    context.setExitCode(exitCodes.done);
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    context.stderr.write(`evaluate: ${error.message} (${error.code})\n`);
    context.setExitCode(exitCodes.failed);
  }
}

/** Room for everything, so that nothing is forgotten over the measurement. */
function capacityFor(clicks: readonly Click[]): Partial<SessionCapacity> {
  const sessions = new Set(clicks.map(({ session }) => session)).size;
  const items = new Set(clicks.map(({ item }) => item)).size;
  return {
    // Silence makes two sessions of one, at most for every click.
    sessions: 2 ** Math.ceil(Math.log2(Math.max(4, Math.min(clicks.length, sessions * 2)))),
    items: Math.max(1, items),
    postings: Math.max(64, clicks.length * 4),
  };
}

function describe(results: Readonly<Record<string, NextItemResult>>, limit: number): string {
  const head = [
    '',
    `HR@${limit}`,
    `MRR@${limit}`,
    'coverage',
    'popularity',
    'of next',
    'query p50',
    'p99 µs',
  ];
  const rows = Object.entries(results).map(([name, result]) => [
    name,
    result.hit_rate.toFixed(4),
    result.mean_reciprocal_rank.toFixed(4),
    result.coverage.toFixed(3),
    result.popularity.toFixed(3),
    result.popularity_of_next.toFixed(3),
    result.query_us.p50.toFixed(1),
    result.query_us.p99.toFixed(1),
  ]);
  const [first] = Object.values(results);
  const learned = `${first?.predictions ?? 0} predictions; learned ${first?.sessions ?? 0} sessions with ${first?.items ?? 0} items`;
  return `${formatTable(head, rows)}${learned}, ${first?.update_us.mean.toFixed(1) ?? '0'} µs a click\n`;
}
