import closeWithGrace from 'close-with-grace';
import type { Command } from 'commander';

/** A running engine, as far as this command is concerned. */
export interface RunningEngine {
  readonly address: string;
  readonly writeKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

export interface EngineFlags {
  readonly [flag: string]: unknown;
}

/** Opens the engine as the flags say, and says what else the banner should. */
export type StartEngine = (flags: EngineFlags) => Promise<{
  readonly engine: RunningEngine;
  readonly dataDirectory: string;
  readonly history: string;
  readonly roles: readonly string[];
  readonly version: string;
  /** That share the address. */
  readonly processes: number;
}>;

/** Longest time that a stop may take before the process ends anyway. */
const STOP_MS = 30_000;

/** Opens the engine and has it end in order when the process is told to, after `beforeStop`. */
export async function runEngine(
  start: StartEngine,
  flags: EngineFlags,
  beforeStop: () => Promise<void> = async () => undefined,
): ReturnType<StartEngine> {
  const started = await start(flags);
  closeWithGrace({ delay: STOP_MS, logger: false }, async () => {
    await beforeStop();
    await started.engine.stop();
  });
  return started;
}

/** What ends the commands of a terminal as well: it goes to all processes of a node at once, and is their supervisor's to answer. */
const FROM_TERMINALS = ['SIGHUP', 'SIGINT', 'SIGQUIT'] as const;

/**
 * Has one of several processes end in order, when its supervisor says so (by what this answers) or on a SIGTERM of its
 * own, after which it is started again. Both may come: the end begins once.
 */
export function endProcess(stop: () => Promise<void>, stopMs: number): () => void {
  const { close } = closeWithGrace(
    { delay: stopMs, logger: false, skip: [...FROM_TERMINALS, 'SIGTERM'] },
    async () => await stop(),
  );
  let ending = false;
  const end = (): void => {
    if (!ending) close();
    ending = true;
  };
  for (const signal of FROM_TERMINALS) process.on(signal, () => undefined);
  process.on('SIGTERM', end);
  return end;
}

/** What every command that runs an engine takes. */
export function addEngineOptions(command: Command): Command {
  return command
    .option('--port <port>', 'port to listen on (default 8080; 0 picks a free one)')
    .option('--host <host>', 'address to listen on (default 127.0.0.1)')
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
    .option('--json', 'print the banner as one line of JSON');
}
