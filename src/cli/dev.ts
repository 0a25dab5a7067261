import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { addEngineOptions, type EngineFlags, runEngine, type StartEngine } from './run-engine.ts';

const HELP = `
Log, state, history and keys are in the data directory; a start makes what is missing and prints a write key and a secret key. Ends
in order at Ctrl-C or SIGTERM: what was acknowledged is there at the next start. Not for production: see tessera serve.

Exit codes: 0 ended in order; 1 did not start, or failed; 2 wrong usage.

Examples:
  tessera dev
  tessera dev --port 0 --data-dir /tmp/shop --json
  tessera dev --definitions ./my-shop --config tessera.yaml
`;

/** Adds `tessera dev` to the program. */
export function registerDev(program: Command, context: CliContext, start: StartEngine): void {
  const command = program
    .command('dev')
    .description('run the whole engine in one process, on a data directory of its own')
    .option('--data-dir <directory>', 'where log, state, history and keys live (default ./.tessera)');
  addEngineOptions(command)
    .addHelpText('after', HELP)
    .action(async (flags: EngineFlags) => {
      const { engine, dataDirectory, history, version } = await runEngine(start, flags);
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
  console      ${banner.address}/#key=${banner.secret_key}
  data         ${banner.data_directory}      history ${banner.history}

  next, in another terminal:

  export TESSERA_SECRET_KEY=${banner.secret_key}
  curl -s '${banner.address}/v1/events?wait=applied&include=profile' \\
    -H "Authorization: Bearer $TESSERA_SECRET_KEY" \\
    -d '{"type":"product_viewed","identifiers":{"anonymous_id":"a-1"},"properties":{"item_id":"spu-1"}}'

`;
}
