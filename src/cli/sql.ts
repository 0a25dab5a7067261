import type { Command } from 'commander';
import { request } from 'undici';
import type { CliContext } from './context.ts';

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
    .action(async (query: string, flags: SqlFlags) => {
      const key = flags.key ?? context.key;
      const answer = await request(`${flags.url ?? context.url}/v1/sql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify({
          query,
          format: flags.json === true ? 'JSON' : (flags.format ?? 'PrettyCompact'),
        }),
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200) {
        context.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
        return;
      }
      context.stderr.write(`sql: ${describeProblem(text, answer.statusCode)}\n`);
      context.setExitCode(1);
    });
}

interface SqlFlags {
  readonly format?: string;
  readonly json?: boolean;
  readonly url?: string;
  readonly key?: string;
}

/** The detail of a problem document, or what came instead. */
export function describeProblem(text: string, status: number): string {
  try {
    const problem = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return `${String(problem.detail)} (${String(problem.code)})`;
  } catch (error) {
    if (error instanceof SyntaxError) return `the engine answered ${status}`;
    throw error;
  }
}
