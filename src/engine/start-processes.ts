import cluster from 'node:cluster';
import { lockDirectory } from '../adapters/embedded/directory-lock.ts';
import { openSecrets, type Secrets } from '../adapters/embedded/secrets.ts';
import type { Config } from '../config.ts';
import { createLogger } from '../serve/logger.ts';
import type { ReadyReport, Report } from './process-messages.ts';
import { FIRST_PROCESS, historyAddress, lendsHistory, settingsOfProcess } from './process-settings.ts';
import { type Child, type ChildListener, Supervisor } from './supervisor.ts';

export interface StartedProcesses extends ReadyReport {
  stop(): Promise<void>;
}

/**
 * Starts the processes of a node on one port and looks after them. Fails with `process_ended` where one cannot begin;
 * what that one wrote to stderr says why.
 */
export async function startProcesses(config: Config): Promise<StartedProcesses> {
  const logger = createLogger(config.logLevel, process.stderr);
  const secrets = readSecrets(config);
  // All listen on one socket, and whoever is free accepts. In turn, as is the default, this process would accept and pass
  // connections on: one that is on its way to a process that dies then hangs, answered and closed by nobody (seen at each
  // kill under load), and one that stands still would go on being given its share.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Settings hold bytes and undefined, which JSON does not.
  cluster.setupPrimary({ serialization: 'advanced' });
  const supervisor = new Supervisor({
    processes: config.processes,
    start: startChild,
    orderFor: (process, first) => ({
      process,
      config: settingsOfProcess(withHistoryPort(config, first), process, secrets),
      historyUrl: historyFor(process, config, { first, secrets }),
    }),
    logger,
  });
  const first = await supervisor.start();
  return { ...first, stop: () => supervisor.stop() };
}

/** All processes need the same keys, and the first start of a node makes those that nobody has given. */
function readSecrets(config: Config): Secrets {
  const lock = lockDirectory(config.dataDirectory);
  try {
    return openSecrets(config.dataDirectory, config);
  } finally {
    lock.release();
  }
}

/** Where the others were told to ask, the first one answers again after it had to be started again. */
function withHistoryPort(config: Config, first: ReadyReport | undefined): Config {
  if (first?.historyUrl === undefined) return config;
  return { ...config, historyPort: Number(new URL(first.historyUrl).port) };
}

function historyFor(
  process: number,
  config: Config,
  { first, secrets }: { readonly first: ReadyReport | undefined; readonly secrets: Secrets },
): string | undefined {
  if (process === FIRST_PROCESS || !lendsHistory(config) || first?.historyUrl === undefined) return undefined;
  return historyAddress(first.historyUrl, secrets);
}

function startChild(listener: ChildListener): Child {
  const worker = cluster.fork();
  let over = false;
  const end = (how: string, ok: boolean): void => {
    if (!over) listener.ended(how, ok);
    over = true;
  };
  // Both ends run the same program.
  worker.on('message', (report: Report) => listener.report(report));
  worker.on('error', () => end('could not be started', false));
  worker.on('exit', (code, signal) =>
    end(signal === null ? `ended with ${code}` : `was killed by ${signal}`, code === 0),
  );
  return {
    pid: worker.process.pid ?? 0,
    send: (order) => {
      // One that has just died is told nothing: its end is on the way.
      if (worker.isConnected()) worker.send(order, undefined, () => undefined);
    },
    kill: () => worker.process.kill('SIGKILL'),
  };
}
