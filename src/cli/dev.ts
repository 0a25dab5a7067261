import closeWithGrace from 'close-with-grace';
import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** A running engine, as far as this command is concerned. */
export interface RunningEngine {
  readonly address: string;
  readonly writeKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

export interface DevFlags {
  readonly [flag: string]: unknown;
}

/** Opens the engine as the flags say, and says what else the banner should. */
export type StartEngine = (flags: DevFlags) => Promise<{
  readonly engine: RunningEngine;
  readonly dataDirectory: string;
  readonly history: string;
  readonly version: string;
}>;

/** Longest time that a stop may take before the process ends anyway. */
const STOP_MS = 30_000;

export function registerDev(program: Command, context: CliContext, start: StartEngine): void {
  program
    .command('dev')
    .description('run the whole engine in one process, on a data directory of its own')
    .option('--port <port>', 'port to listen on (default 8080; 0 picks a free one)')
    .option('--host <host>', 'address to listen on (default 127.0.0.1)')
    .option('--data-dir <directory>', 'where log, state, history and keys live (default ./.tessera)')
    .option('--currency <code>', 'reporting currency, and that of events which name none (default CNY)')
    .option('--region <code>', 'region of phone numbers without a country code (default CN)')
    .option('--space <name>', 'name of the brand that this deployment serves (default main)')
    .option('--clickhouse-url <url>', 'keep history on a ClickHouse server instead of in this process')
    .option('--history-port <port>', 'let ClickHouse clients query the history of this process on this port')
    .option('--history-writable', 'let them change it, too')
    .option(
      '--definitions <directory>',
      'definitions of features, triggers and identity (default deploy/retail)',
    )
    .option('--log-level <level>', 'fatal, error, warn, info, debug, trace or silent (default info)')
    .option('--config <file>', 'YAML file with settings; flags and environment win over it')
    .option('--json', 'print the banner as one line of JSON')
    .action(async (flags: DevFlags) => {
      const { engine, dataDirectory, history, version } = await start(flags);
      closeWithGrace({ delay: STOP_MS, logger: false }, async () => await engine.stop());
      const banner = {
        version,
        address: engine.address,
        write_key: engine.writeKey,
        secret_key: engine.secretKey,
        data_directory: dataDirectory,
        history,
      };
      context.stdout.write(flags.json === true ? `${JSON.stringify(banner)}\n` : describe(banner));
    });
}

interface Banner {
  readonly version: string;
  readonly address: string;
  readonly write_key: string;
  readonly secret_key: string;
  readonly data_directory: string;
  readonly history: string;
}

function describe(banner: Banner): string {
  return `
  Tessera ${banner.version}   development mode, not for production

  address      ${banner.address}      documentation ${banner.address}/docs
  write key    ${banner.write_key}
  secret key   ${banner.secret_key}
  data         ${banner.data_directory}      history ${banner.history}

  next, in another terminal:

  export TESSERA_SECRET_KEY=${banner.secret_key}
  curl -s '${banner.address}/v1/events?wait=applied&include=profile' \\
    -H "Authorization: Bearer $TESSERA_SECRET_KEY" \\
    -d '{"type":"product_viewed","identifiers":{"anonymous_id":"a-1"},"properties":{"item_id":"spu-1"}}'

`;
}
