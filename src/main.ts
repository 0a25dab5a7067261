#!/usr/bin/env node
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommanderError } from 'commander';
import { createSystemClock } from './adapters/embedded/system-clock.ts';
import type { CliContext } from './cli/context.ts';
import { exitCodes } from './cli/exit-codes.ts';
import { createProgram } from './cli/program.ts';
import type { RestoreFlags, ToldOfRestore } from './cli/restore.ts';
import { type EngineFlags, endProcess } from './cli/run-engine.ts';
import { compilingLittle, tuneV8 } from './cli/tune-v8.ts';
import { weighSettings } from './config/weak-settings.ts';
import { type Config, loadConfig, processEnvironment } from './config.ts';
import { TesseraError } from './errors.ts';
import type { SetupReport } from './model/finding.ts';

/** The process: arguments in, exit code out. */
const env = processEnvironment();
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const context: CliContext = {
  key: env.TESSERA_SECRET_KEY,
  writeKey: env.TESSERA_WRITE_KEY,
  url: env.TESSERA_URL ?? 'http://127.0.0.1:8080',
  stdout: process.stdout,
  stderr: process.stderr,
  isTty: process.stderr.isTTY === true,
  clock: createSystemClock(),
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

async function start(flags: EngineFlags) {
  const config = loadConfig({ env, flags, readFile: (path) => readFileSync(path) });
  if (flags.needsServers === true && config.natsUrl === undefined) {
    throw new TesseraError(
      'invalid_config',
      'tessera serve needs TESSERA_NATS_URL and TESSERA_REDIS_URL (or --nats-url and --redis-url); tessera dev runs without either',
    );
  }
  if (config.mode === 'serve') refuseWeak(config);
  if (config.processes > 1) {
    if (flags.needsServers === true) return await startSeveral(config);
    throw new TesseraError('invalid_config', 'tessera dev is one process; tessera serve takes --processes');
  }
  tuneV8(env.NODE_OPTIONS);
  const { engine, address } = await compilingLittle(async (onBacklog) => {
    // Loaded here, so that commands which only talk to an engine do not pay for one.
    const { openEngine } = await import('./engine.ts');
    const opened = await openEngine(config, version, { onBacklog });
    return { engine: opened, address: await opened.listen() };
  });
  const { writeKey, secretKey } = engine.secrets;
  return {
    engine: { address, writeKey, secretKey, stop: () => engine.stop() },
    dataDirectory: resolve(config.dataDirectory),
    history: historyOf(config, engine.historyUrl),
    roles: config.roles,
    version,
    processes: 1,
  };
}

/** One list of all that is to be changed, rather than one thing at each attempt. */
function refuseWeak(config: Config): void {
  const { refused } = weighSettings(config, config.masterKeyCommand !== undefined);
  if (refused.length === 0) return;
  throw new TesseraError(
    'invalid_config',
    `tessera serve does not start with these settings:\n${refused.map((each) => `  - ${each}`).join('\n')}\n`,
  );
}

/** This process only looks after the others, so it loads nothing of the engine. */
async function startSeveral(config: Config) {
  const { startProcesses } = await import('./engine/start-processes.ts');
  const engine = await startProcesses(config);
  return {
    engine,
    dataDirectory: resolve(config.dataDirectory),
    history: historyOf(config, engine.historyUrl),
    roles: config.roles,
    version,
    processes: config.processes,
  };
}

/** Beside no engine: nobody else may be at work on the data directory. */
async function restore(from: string, flags: RestoreFlags, told: ToldOfRestore) {
  const { keepLog, ...rest } = flags;
  const config = loadConfig({ env, flags: rest, readFile: (path) => readFileSync(path) });
  const { restoreBackup } = await import('./engine/restore-backup.ts');
  return await restoreBackup(from, config, { keepLog: keepLog === true, told });
}

/** Beside no engine, or beside one: settings that are wrong are what was found. */
async function examineSetup(flags: EngineFlags): Promise<SetupReport> {
  try {
    const config = loadConfig({ env, flags, readFile: (path) => readFileSync(path) });
    const examination = await import('./engine/examine-setup.ts');
    return await compilingLittle(() => examination.examineSetup(config));
  } catch (error) {
    if (!(error instanceof TesseraError && error.code === 'invalid_config')) throw error;
    const finding = {
      code: 'settings_invalid',
      at: error.path ?? 'settings',
      detail: error.message,
    } as const;
    return { findings: [finding], looked_at: ['settings'] };
  }
}

async function readDirectory(directory: string) {
  const { currency } = loadConfig({ env, flags: {}, readFile: (path) => readFileSync(path) });
  const { readDefinitions } = await import('./engine/read-definitions.ts');
  return readDefinitions(directory, currency);
}

/** One of the processes that another one has started: its settings come from there. */
async function runAsProcess(): Promise<void> {
  tuneV8(env.NODE_OPTIONS);
  const { workAsProcess } = await import('./engine/work-as-process.ts');
  await workAsProcess(version, endProcess);
}

function historyOf({ clickhouseUrl, roles, processes }: Config, url: string | undefined): string {
  if (clickhouseUrl !== undefined) return 'ClickHouse server';
  if (!roles.includes('history')) return 'not on this node';
  return url === undefined
    ? 'ClickHouse in this process'
    : `ClickHouse in ${processes > 1 ? 'one process' : 'this process'}, for clients at ${url}`;
}

// `tessera generate … | head` closes the pipe before everything is written: an end, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const program = createProgram(context, { version, start, restore, examineSetup, readDirectory });

try {
  if (cluster.isWorker) await runAsProcess();
  else await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  else if (error instanceof TesseraError) {
    process.stderr.write(`tessera: ${error.message} (${error.code})\n`);
    process.exitCode = exitCodes.failed;
  } else throw error;
  // The line to its supervisor, and what had been opened, would keep it alive.
  if (cluster.isWorker) process.exit(1);
}
