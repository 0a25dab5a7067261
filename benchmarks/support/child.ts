import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { TesseraError } from '../../src/errors.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const TICKS_PER_SECOND = 100;
/** Listeners beyond so many would be a leak. */
const CHILDREN_MAX = 40;

/** What `tessera serve` takes: no text that repeats itself. */
export const SECRET_KEY = `sk_${hash('sha256', 'benchmarks', 'base64url')}`;

/** A server under test: where it listens, and what it has used so far. */
export interface Server {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly address: string;
  readonly port: number;
}

export interface EngineOptions {
  readonly dataDirectory: string;
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Nothing outlives the bench: a child is killed with it, however it ends, a signal included. */
function bindToThisProcess(child: ChildProcess): void {
  process.setMaxListeners(CHILDREN_MAX);
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
  }
}

/** The built engine with one known key. Settings of whoever runs the bench do not reach it. */
export function startEngine({ dataDirectory, nodeFlags = [], env = {} }: EngineOptions): Promise<Server> {
  const args = [MAIN, 'dev', '--json', '--port', '0', '--data-dir', dataDirectory, '--log-level', 'error'];
  return startServer([...nodeFlags, ...args], { ...env, TESSERA_SECRET_KEY: SECRET_KEY });
}

/** A node of a deployment on servers, which `env` names. */
export function startNode({ dataDirectory, nodeFlags = [], env = {} }: EngineOptions): Promise<Server> {
  const args = [MAIN, 'serve', '--json', '--port', '0', '--data-dir', dataDirectory, '--log-level', 'error'];
  return startServer([...nodeFlags, ...args], { ...env, TESSERA_SECRET_KEY: SECRET_KEY });
}

/** A server of `benchmarks/rivals`, or another script that says its address. */
export async function startRival(name: string, env: Readonly<Record<string, string>> = {}): Promise<Server> {
  return await startServer([await compiled(name)], env);
}

/**
 * Plain JavaScript, as the engine under test is: what a loader compiles on the way names every closure when it is made, which
 * would be counted as the rival's cost.
 */
async function compiled(name: string): Promise<string> {
  const outfile = fileURLToPath(new URL(`../results/rivals/${name}.mjs`, import.meta.url));
  const entry = fileURLToPath(new URL(`../rivals/${name}.ts`, import.meta.url));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    // Files that modules look for beside themselves are where these were.
    define: { 'import.meta.url': JSON.stringify(new URL('../../src/ingest/rival.js', import.meta.url).href) },
  });
  return outfile;
}

async function startServer(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Server> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  bindToThisProcess(child);
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.once('exit', (code) =>
      reject(new TesseraError('internal', `a server ended with ${code} at start`)),
    );
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = /"address":"([^"]+)"/.exec(text);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
  return { child, pid: child.pid ?? 0, address, port: Number(new URL(address).port) };
}

export async function stopServer({ child }: Server): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** The generator, on the last processor where `taskset` can say so: the server under test keeps the others. */
export function startGenerator(): ChildProcess {
  const child = fork(fileURLToPath(new URL('./load-child.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
  });
  bindToThisProcess(child);
  pinToLast(child.pid);
  return child;
}

/** Keeps a process, all threads of it, on the last processor, where there are several and `taskset` is there. */
export function pinToLast(pid: number | undefined): void {
  const last = cpus().length - 1;
  if (last > 0 && pid !== undefined)
    spawnSync('taskset', ['-a', '-p', '-c', String(last), String(pid)], { stdio: 'ignore' });
}

/** One order to the generator and its answer. */
export function ask<Answer>(generator: ChildProcess, order: object | string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new TesseraError('internal', 'the generator ended'));
    generator.once('exit', onExit);
    generator.once('message', (answer: Answer) => {
      generator.off('exit', onExit);
      resolve(answer);
    });
    generator.send(order);
  });
}

export interface CpuUse {
  /** All threads: JavaScript, collector, disk, ClickHouse. */
  readonly processUs: number;
  /** The thread that runs the JavaScript. */
  readonly mainUs: number;
}

export function readCpu(pid: number): CpuUse {
  return {
    processUs: readTicks(`/proc/${pid}/stat`),
    mainUs: readTicks(`/proc/${pid}/task/${pid}/stat`),
  };
}

/** Of a process and everything that it has started: the processes of a node. */
export function readTreeCpu(pid: number): CpuUse {
  const parents = parentsOfAll();
  const sum = (of: number): CpuUse => {
    let { processUs, mainUs } = readCpu(of);
    for (const [child, parent] of parents) {
      if (parent !== of) continue;
      const used = sum(child);
      processUs += used.processUs;
      mainUs += used.mainUs;
    }
    return { processUs, mainUs };
  };
  return sum(pid);
}

function parentsOfAll(): ReadonlyMap<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(`/proc/${name}/stat`);
    if (fields !== undefined) parents.set(Number(name), Number(fields[1]));
  }
  return parents;
}

/** Of a process that may have ended meanwhile. */
function statOf(path: string): readonly string[] | undefined {
  try {
    return fieldsOf(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** utime + stime. */
function readTicks(path: string): number {
  const fields = fieldsOf(path);
  return (Number(fields[11]) + Number(fields[12])) * (1_000_000 / TICKS_PER_SECOND);
}

/** They are counted behind the name, which may hold blanks and parentheses: state, parent and so on. */
function fieldsOf(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

export function readRssMb(pid: number): number {
  return statusMb(pid, 'VmRSS');
}

/** Of RSS what is the process's own: without pages of files, which the system lends and takes back. */
export function readOwnMb(pid: number): number {
  return statusMb(pid, 'RssAnon');
}

function statusMb(pid: number, field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  )?.[1];
  return Number(kilobytes ?? 0) / 1024;
}

/** What an engine does of itself takes less than this share of a processor while it has nothing to do. */
const REST_SHARE = 0.1;
const REST_MS = 500;
const REST_LOOKS = 4;
const UNREST_LOOKS_MAX = 3_600;

/** Until a process has come to rest: what is done once after a start, by looking at everybody, is no cost of an event. */
export async function atRest(pid: number): Promise<void> {
  let quiet = 0;
  for (let looks = 0; quiet < REST_LOOKS; looks++) {
    if (looks === UNREST_LOOKS_MAX)
      throw new TesseraError('internal', `process ${pid} does not come to rest`);
    const before = readCpu(pid).processUs;
    await delay(REST_MS);
    quiet = readCpu(pid).processUs - before < REST_SHARE * REST_MS * 1_000 ? quiet + 1 : 0;
  }
}
