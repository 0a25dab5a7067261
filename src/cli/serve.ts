import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { addEngineOptions, type EngineFlags, runEngine, type StartEngine } from './run-engine.ts';

const HELP = `
The master key and the access keys come from the environment: TESSERA_MASTER_KEY (or _FILE, _COMMAND), TESSERA_SECRET_KEY,
TESSERA_WRITE_KEY. A start refuses settings that are too weak and says all of them at once. Ends in order at SIGTERM.

Exit codes: 0 ended in order; 1 did not start, or failed; 2 wrong usage.

Examples:
  tessera serve --nats-url nats://n1:4222,nats://n2:4222 --redis-url redis://r1:6379 --clickhouse-url http://c1:8123
  tessera serve --config tessera.yaml --roles ingest,serve
  tessera serve --config tessera.yaml --processes 4
`;

/** One node of a deployment on NATS, Redis and ClickHouse. It shows no keys: they come from its environment. */
export function registerServe(program: Command, context: CliContext, start: StartEngine): void {
  const command = program
    .command('serve')
    .description('run a node of a deployment: logs on NATS, state on Redis, history on ClickHouse')
    .option('--roles <roles>', 'some of ingest, engine, history, serve, separated by commas (default all)')
    .option('--nats-url <urls>', 'NATS servers with JetStream, separated by commas')
    .option('--redis-url <url>', 'Redis, or redis+cluster://host:port,host:port')
    .option('--partitions <count>', 'partitions of people, fixed when the deployment is created (default 16)')
    .option('--processes <count>', 'processes that share the port, each a node of its own (default 1)')
    .option('--data-dir <directory>', 'where the node keeps what is its own (default ./.tessera)');
  addEngineOptions(command)
    .addHelpText('after', HELP)
    .action(async (flags: EngineFlags) => {
      const started = await runEngine(start, { ...flags, needsServers: true });
      const { engine, roles, history, version, processes } = started;
      const banner = { version, address: engine.address, roles, history, processes };
      context.stdout.write(flags.json === true ? `${JSON.stringify(banner)}\n` : describe(banner));
    });
}

function describe({
  version,
  address,
  roles,
  history,
  processes,
}: {
  readonly version: string;
  readonly address: string;
  readonly roles: readonly string[];
  readonly history: string;
  readonly processes: number;
}): string {
  return `
  Tessera ${version}   ${roles.join(', ')}${processes > 1 ? `   ${processes} processes` : ''}

  address      ${address}      documentation ${address}/docs
  history      ${history}

`;
}
