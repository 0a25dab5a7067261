import { hash } from 'node:crypto';
import { join } from 'node:path';
import { startNats, startRedis } from '../../test/support/servers.ts';
import { checkProfiles, checkState } from '../support/check-state.ts';
import {
  pinToLast,
  readCpu,
  readTreeCpu,
  SECRET_KEY,
  type Server,
  startEngine,
  startNode,
  startRival,
  stopServer,
} from '../support/child.ts';
import { lifetimeFeatures, writeDefinitions } from '../support/definitions.ts';
import { appliedBy, drained } from '../support/engine-api.ts';
import type { Arm, Oracle } from './arm.ts';
import { besideOf, type Servers, useOf } from './rival-arms.ts';

/** Neither takes part in what an event costs: a check of the state, and ClickHouse in the process. */
const QUIET = { TESSERA_PARITY_SHARE: '0' };
const WITHOUT_HISTORY = { TESSERA_ROLES: 'ingest,engine,serve' };
export const PARTITIONS = 4;
export const MASTER_KEY = hash('sha256', 'bench', 'base64url');

export interface EngineArmOptions {
  readonly name: string;
  readonly directory: string;
  /** Default 30. */
  readonly triggers?: number;
  /** Features over a lifetime only, and no trigger. */
  readonly small?: boolean;
  /** ClickHouse in the process; default false. */
  readonly history?: boolean;
  /** So many profiles are looked at in the end, instead of all. */
  readonly sample?: number;
  readonly nodeFlags?: readonly string[];
}

export interface EngineArm extends Arm {
  /** Of the process, or of the first one of several. */
  readonly pid: number;
}

export interface EmbeddedArm extends EngineArm {
  readonly server: Server;
  /** Without the counters, which begin anew with each process. */
  checkProfiles(oracle: Oracle): Promise<void>;
}

/** Log and state in LMDB, in one process. */
export async function startEmbeddedArm(options: EngineArmOptions): Promise<EmbeddedArm> {
  const { name, directory, history = false, sample, nodeFlags = [] } = options;
  const server = await startEngine({
    dataDirectory: join(directory, name),
    nodeFlags,
    env: {
      ...QUIET,
      ...(history ? {} : WITHOUT_HISTORY),
      TESSERA_DEFINITIONS: definitionsOf(options),
      TESSERA_MASTER_KEY: MASTER_KEY,
    },
  });
  return {
    name,
    server,
    pid: server.pid,
    port: server.port,
    use: () => ({ ...useOf(server), beside: {} }),
    caughtUp: () => drained(server),
    check: (oracle) =>
      checkState(server, {
        ...oracle,
        ...(history ? {} : { history: undefined }),
        ...(sample === undefined ? {} : { sample }),
      }),
    checkProfiles: ({ expected }) => checkProfiles(server, expected, sample),
    stop: () => stopServer(server),
  };
}

/** The same without any durable log or state. */
export async function startVolatileArm({ name, directory }: EngineArmOptions): Promise<Arm> {
  const server = await startRival('volatile-engine', {
    ...QUIET,
    ...WITHOUT_HISTORY,
    TESSERA_DATA_DIR: join(directory, name),
    TESSERA_DEFINITIONS: definitionsOf({ name, directory }),
    TESSERA_MASTER_KEY: MASTER_KEY,
    TESSERA_SECRET_KEY: SECRET_KEY,
  });
  return {
    name,
    port: server.port,
    use: () => ({ ...useOf(server), beside: {} }),
    caughtUp: () => drained(server),
    check: (oracle) => checkState(server, { ...oracle, history: undefined }),
    stop: () => stopServer(server),
  };
}

export interface ServerArmOptions extends EngineArmOptions {
  readonly servers: Servers;
  readonly processes?: number;
}

/** Log on NATS, state on Redis; history is kept by a node beside it. */
export async function startServersArm(options: ServerArmOptions): Promise<EngineArm> {
  const { name, directory, servers, processes = 1, sample, nodeFlags = [] } = options;
  const env = {
    ...QUIET,
    TESSERA_NATS_URL: servers.nats.url,
    TESSERA_REDIS_URL: servers.redis.url,
    TESSERA_PARTITIONS: String(PARTITIONS),
    TESSERA_SPACE: spaceOf(name),
    TESSERA_MASTER_KEY: MASTER_KEY,
    TESSERA_DEFINITIONS: definitionsOf(options),
  };
  const node = await startNode({
    dataDirectory: join(directory, `${name}-node`),
    nodeFlags,
    env: { ...env, ...WITHOUT_HISTORY, TESSERA_PROCESSES: String(processes) },
  });
  const history = await startNode({
    dataDirectory: join(directory, `${name}-history`),
    env: { ...env, TESSERA_ROLES: 'history,serve' },
  });
  pinToLast(history.pid);
  return {
    name,
    pid: node.pid,
    port: node.port,
    use() {
      const { processUs, mainUs } = readTreeCpu(node.pid);
      return {
        node: processUs,
        main: mainUs,
        beside: { ...besideOf(servers), history: readCpu(history.pid).processUs },
      };
    },
    async caughtUp(sent) {
      await appliedBy(node, sent);
      await drained(history);
    },
    check: (oracle) => checkState(node, { ...oracle, history, ...(sample === undefined ? {} : { sample }) }),
    async stop() {
      await stopServer(node);
      await stopServer(history);
    },
  };
}

/** Private ones, which keep out of the way of what is measured. */
export async function startServers({ appendonly = true } = {}): Promise<Servers> {
  const servers = {
    redis: await startRedis({ appendonly, appendfsync: 'everysec' }),
    nats: await startNats({ jetstream: 'max_file_store: 10TB' }),
  };
  for (const { pid } of Object.values(servers)) pinToLast(pid);
  return servers;
}

export async function stopServers({ redis, nats }: Servers): Promise<void> {
  await redis.remove();
  await nats.remove();
}

export function definitionsOf({ name, directory, triggers, small }: EngineArmOptions): string {
  const into = join(directory, `${name}-definitions`);
  if (small === true) return writeDefinitions(into, { features: lifetimeFeatures, triggers: 0 });
  return writeDefinitions(into, triggers === undefined ? {} : { triggers });
}

/** Spaces are named without dashes. */
export function spaceOf(name: string): string {
  return name.replaceAll('-', '_');
}
