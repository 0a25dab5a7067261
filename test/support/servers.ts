import { type ChildProcess, spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireServer } from './find-server.ts';

/** A private server process on a free port of the loopback interface, with a directory of its own. */
export interface PrivateServer {
  readonly url: string;
  readonly port: number;
  /** Of the running process, or of the last one. */
  readonly pid: number;
  readonly directory: string;
  readonly running: boolean;
  /** What the server wrote to its log. */
  log(): string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM: the server ends in its own way. */
  stop(): Promise<void>;
  /** SIGSTOP; returns when every thread stands still. */
  pause(): void;
  resume(): void;
  /** The same port and directory again; kills what still runs. */
  restart(): Promise<void>;
  /** Kills it and deletes its directory. */
  remove(): Promise<void>;
}

export interface RedisOptions {
  /** Default false: then nothing is written to the disk at all. */
  readonly appendonly?: boolean;
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  readonly directory?: string;
  readonly port?: number;
  /** Further settings, as the command line takes them: `['--maxmemory', '10mb']`. */
  readonly extra?: readonly string[];
  /** In cluster mode, without slots: see `startRedisCluster`. */
  readonly cluster?: boolean;
}

export interface NatsOptions {
  readonly directory?: string;
  readonly port?: number;
  /** Further lines of the configuration file. */
  readonly config?: string;
  /** Further lines of its `jetstream` block. */
  readonly jetstream?: string;
}

const READY_MS = 20_000;
const STARTS_MAX = 5;
const CLUSTER_SLOTS = 16_384;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startRedis(options: RedisOptions = {}): Promise<PrivateServer> {
  return start({
    ...options,
    scheme: 'redis',
    command: (place) => redisCommand(options, place),
    ready: pingRedis,
  });
}

export function startNats(options: NatsOptions = {}): Promise<PrivateServer> {
  return start({
    ...options,
    scheme: 'nats',
    command: (place) => natsCommand(options, place),
    ready: greetNats,
  });
}

/** Nodes that share all slots evenly, without replicas. */
export async function startRedisCluster(nodes = 3, options: RedisOptions = {}): Promise<PrivateServer[]> {
  const servers: PrivateServer[] = [];
  for (let n = 0; n < nodes; n += 1) servers.push(await startRedis({ ...options, cluster: true }));
  const bound = (n: number): number => Math.floor((CLUSTER_SLOTS * n) / nodes);
  const [first] = servers;
  for (const [n, server] of servers.entries()) {
    await askRedis(server.port, `CLUSTER ADDSLOTSRANGE ${bound(n)} ${bound(n + 1) - 1}`);
    const bus = /@(\d+)/.exec(await askRedis(first?.port ?? 0, 'CLUSTER NODES'));
    if (n > 0) await askRedis(server.port, `CLUSTER MEET 127.0.0.1 ${first?.port} ${bus?.[1]}`);
  }
  for (const server of servers) {
    await until(async () => {
      const info = await askRedis(server.port, 'CLUSTER INFO');
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes}`);
    }, 'the cluster did not form');
  }
  return servers;
}

/** One command in the inline form, its raw answer. */
export function askRedis(port: number, command: string): Promise<string> {
  return converse(port, `${command}\r\n`, (text) => completeReply(text));
}

interface Place {
  readonly port: number;
  readonly directory: string;
}

interface StartOptions {
  readonly scheme: string;
  readonly directory?: string;
  readonly port?: number;
  command(place: Place): Promise<readonly string[]>;
  ready(port: number): Promise<boolean>;
}

async function start(options: StartOptions): Promise<PrivateServer> {
  for (let tries = 1; ; tries += 1) {
    const server = new ServerProcess(options, {
      port: options.port ?? (await freePort()),
      directory: options.directory ?? mkdtempSync(join(tmpdir(), `tessera-${options.scheme}-`)),
    });
    try {
      await server.launch();
      return server;
    } catch (error) {
      // Somebody else may have taken the port between our asking for a free one and the server's binding it.
      await (options.directory === undefined ? server.remove() : server.kill());
      if (options.port !== undefined || tries === STARTS_MAX) throw error;
    }
  }
}

class ServerProcess implements PrivateServer {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  readonly #options: StartOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #pid = 0;

  constructor(options: StartOptions, { port, directory }: Place) {
    this.#options = options;
    this.port = port;
    this.directory = directory;
    this.url = `${options.scheme}://127.0.0.1:${port}`;
  }

  get pid(): number {
    return this.#pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  async launch(): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    const [file = '', ...args] = guarded(await this.#options.command(this));
    const output = openSync(join(this.directory, 'server.log'), 'a');
    const child = spawn(file, args, { stdio: ['ignore', output, output] });
    closeSync(output);
    running.add(child);
    this.#child = child;
    this.#pid = child.pid ?? 0;
    this.#exited = new Promise((resolve) => {
      const ended = (): void => {
        running.delete(child);
        if (this.#child === child) this.#child = undefined;
        resolve();
      };
      child.once('exit', ended);
      child.once('error', ended);
    });
    const what = `${file} on port ${this.port}`;
    await until(async () => {
      if (this.#child === undefined) throw new Error(`${what} ended:\n${this.log().slice(-2_000)}`);
      return this.#options.ready(this.port);
    }, `${what} does not answer`);
  }

  log(): string {
    return readFileSync(join(this.directory, 'server.log'), 'utf8');
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    this.#child?.kill('SIGCONT');
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), READY_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
    if (this.#child !== undefined) untilStopped(this.#pid);
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A signal is delivered to the process, and its threads stop one after the other, some in the middle of an answer. */
function untilStopped(pid: number): void {
  const stopped = (thread: string): boolean => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return 'TtZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
  };
  const end = performance.now() + READY_MS;
  while (!readdirSync(`/proc/${pid}/task`).every(stopped)) {
    if (performance.now() > end) throw new Error(`process ${pid} did not stop`);
  }
}

/** Has the kernel kill the server when this process dies, however it dies. */
function guarded(command: readonly string[]): readonly string[] {
  const guard = '/usr/bin/setpriv';
  try {
    accessSync(guard);
    return [guard, '--pdeathsig', 'KILL', ...command];
  } catch {
    return command;
  }
}

async function redisCommand(options: RedisOptions, { port, directory }: Place): Promise<readonly string[]> {
  const settings: readonly (readonly string[])[] = [
    ['bind', '127.0.0.1'],
    ['port', String(port)],
    ['dir', directory],
    // No snapshots: what survives is the append-only file alone.
    ['save', ''],
    ['appendonly', options.appendonly ? 'yes' : 'no'],
    ['appendfsync', options.appendfsync ?? 'everysec'],
    ['maxmemory-policy', 'noeviction'],
    ...(options.cluster
      ? [
          ['cluster-enabled', 'yes'],
          ['cluster-port', String(await freePort())],
          ['cluster-node-timeout', '2000'],
        ]
      : []),
  ];
  const flags = settings.flatMap(([name, value]) => [`--${name}`, value ?? '']);
  return [requireServer('redis-server'), ...flags, ...(options.extra ?? [])];
}

async function natsCommand(options: NatsOptions, { port, directory }: Place): Promise<readonly string[]> {
  const file = join(directory, 'nats.conf');
  // Streams reserve their `max_bytes`; the limit only has to be larger than what suites reserve together.
  const jetstream = `store_dir: "${join(directory, 'jetstream')}"\n  max_file: 4TB\n  ${options.jetstream ?? ''}`;
  writeFileSync(
    file,
    `listen: "127.0.0.1:${port}"\njetstream {\n  ${jetstream}\n}\n${options.config ?? ''}\n`,
  );
  return [requireServer('nats-server'), '-c', file];
}

async function pingRedis(port: number): Promise<boolean> {
  return (await askRedis(port, 'PING')).startsWith('+PONG');
}

/** JetStream recovers its streams before the server listens, so its greeting is enough. */
async function greetNats(port: number): Promise<boolean> {
  return (await converse(port, '', (text) => text.includes('\r\n'))).startsWith('INFO');
}

function completeReply(text: string): boolean {
  const bulk = /^\$(-?\d+)\r\n/.exec(text);
  if (bulk === null) return text.endsWith('\r\n');
  return text.length >= bulk[0].length + Math.max(0, Number(bulk[1])) + (Number(bulk[1]) < 0 ? 0 : 2);
}

function converse(port: number, said: string, complete: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let text = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(said));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (complete(text)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => (complete(text) ? resolve(text) : reject(new Error(`cut off: ${text}`))));
  });
}

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const end = performance.now() + READY_MS;
  for (;;) {
    const held = await holds().catch((error: unknown) => {
      if (isRefused(error)) return false;
      throw error;
    });
    if (held) return;
    if (performance.now() > end) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Nobody listens yet, or it closed on us while it was still starting. */
function isRefused(error: unknown): boolean {
  return !(error instanceof Error) || !error.message.includes(' ended:');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
