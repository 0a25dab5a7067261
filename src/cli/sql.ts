import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import type { CliContext } from './context.ts';
import { askForText, type EngineFlags } from './engine-call.ts';
import { exitCodes } from './exit-codes.ts';

const HELP = `
Needs a key with the scope admin. Money, times and what each column holds: docs/history.md.

Exit codes: 0 the result was printed; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera sql "SELECT type, count() FROM events GROUP BY type"
  tessera sql --json "SELECT count() FROM decisions WHERE decision = 'fired'"
  tessera sql --format CSVWithNames "SELECT * FROM events LIMIT 10" > events.csv
`;

/** Adds `tessera sql` to the program. */
export function registerSql(program: Command, context: CliContext): void {
  program
    .command('sql')
    .description('query history through the running engine, read-only')
    .argument(
      '<query>',
      'one SELECT in the SQL of ClickHouse; tables: events, facets, merges, identity_changes, decisions, quarantine',
    )
    .option('--format <format>', 'format of the answer (default PrettyCompact)')
    .option('--json', 'answer as JSON')
    .option('--url <url>', `address of the engine (default ${context.url})`)
    .option('--key <key>', 'secret key with the scope admin (default TESSERA_SECRET_KEY)')
    .addHelpText('after', HELP)
    .action((query: string, flags: SqlFlags) => answerQuery(query, flags, context));
}

async function answerQuery(query: string, flags: SqlFlags, context: CliContext): Promise<void> {
  const { stdout, stderr } = context;
  const format = flags.json === true ? 'JSON' : (flags.format ?? 'PrettyCompact');
  try {
    const text = await askForText(context, flags, {
      method: 'POST',
      path: '/v1/sql',
      body: { query, format },
    });
    stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    if (flags.json === true) stdout.write(`${JSON.stringify({ code, detail })}\n`);
    stderr.write(`sql: ${detail} (${code})\n`);
    context.setExitCode(exitCodes.failed);
  }
}

interface SqlFlags extends EngineFlags {
  readonly format?: string;
}
