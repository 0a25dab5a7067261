import { hash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineProcess, type RunningEngine } from '../e2e/support/engine-process.ts';
import { type PrivateServer, startNats, startRedis } from '../support/servers.ts';

export type NodeName = 'a' | 'b' | 'c' | 'd';

export interface NodeOptions {
  /** A free one unless told. */
  readonly port?: number;
  /** Variables beside those that every node gets. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * A deployment on private servers: one NATS, one Redis that flushes before it answers, and nodes of which `a` keeps the
 * history. Everything ends, and everything goes, with it.
 */
export class Deployment {
  readonly #directory = mkdtempSync(join(tmpdir(), 'tessera-faults-'));
  readonly #nodes = new Map<NodeName, RunningEngine>();
  readonly #started: EngineProcess[] = [];
  readonly space: string;
  nats!: PrivateServer;
  redis!: PrivateServer;

  constructor(space = 'faults') {
    this.space = space;
  }

  async start(nodes: readonly NodeName[]): Promise<void> {
    this.nats = await startNats({ jetstream: 'max_file_store: 10TB' });
    this.redis = await startRedis({ appendonly: true, appendfsync: 'always' });
    for (const name of nodes) await this.startNode(name);
  }

  /** A node that answers; a new one under an old name goes on in the old one's directory. */
  async startNode(name: NodeName, options: NodeOptions = {}): Promise<RunningEngine> {
    const process = this.launchNode(name, options);
    const node = await process.ready();
    this.#nodes.set(name, node);
    return node;
  }

  /** One that may not come so far as to answer. */
  launchNode(name: NodeName, { port, settings = {} }: NodeOptions = {}): EngineProcess {
    const process = new EngineProcess({
      directory: join(this.#directory, name),
      logLevel: 'warn',
      ...(port === undefined ? {} : { port }),
      serve: {
        TESSERA_NATS_URL: this.nats.url,
        TESSERA_REDIS_URL: this.redis.url,
        TESSERA_PARTITIONS: '4',
        TESSERA_SPACE: this.space,
        TESSERA_ROLES: name === 'a' ? 'ingest,engine,history,serve' : 'ingest,engine,serve',
        TESSERA_WRITE_KEY: `wk_${madeUp('write key')}`,
        TESSERA_SECRET_KEY: `sk_${madeUp('secret key')}`,
        TESSERA_MASTER_KEY: madeUp('master key'),
        TESSERA_PARITY_SHARE: '0',
        ...settings,
      },
    });
    this.#started.push(process);
    return process;
  }

  node(name: NodeName): RunningEngine {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  /** Those that were started and not killed. */
  running(): readonly RunningEngine[] {
    return [...this.#nodes.values()].filter(({ process }) => process.running);
  }

  directoryOf(name: NodeName): string {
    return join(this.#directory, name);
  }

  /** SIGKILL. */
  async killNode(name: NodeName): Promise<void> {
    await this.node(name).process.kill();
  }

  /** What Redis has on its disk at this moment; `rollback` brings it back. */
  saveRedis(label: string): string {
    const copy = join(this.#directory, `redis-${label}`);
    cpSync(this.redis.directory, copy, { recursive: true });
    return copy;
  }

  /** Redis as it was: killed, its files replaced by older ones, started again. */
  async rollbackRedis(copy: string): Promise<void> {
    await this.redis.kill();
    rmSync(this.redis.directory, { recursive: true, force: true });
    cpSync(copy, this.redis.directory, { recursive: true });
    await this.redis.restart();
  }

  output(): string {
    return this.#started.map(({ output }) => output.slice(-2_000)).join('\n');
  }

  async remove(): Promise<void> {
    for (const process of this.#started) await process.kill();
    await this.redis?.remove();
    await this.nats?.remove();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** The same for all nodes, and no text that `tessera serve` takes for a weak one. */
function madeUp(name: string): string {
  return hash('sha256', name, 'base64url');
}
