import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import type { CliContext } from './context.ts';
import { askForText, type EngineFlags } from './engine-call.ts';

/** Exit codes: 0 the result was printed, 1 it was not. */
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
    .addHelpText('after', '\nExample:\n  tessera sql "SELECT type, count() FROM events GROUP BY type"')
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
    context.setExitCode(1);
  }
}

interface SqlFlags extends EngineFlags {
  readonly format?: string;
}
