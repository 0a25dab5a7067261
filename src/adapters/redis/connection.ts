import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { parseRedisAddress, type RedisAddress } from './address.ts';
import { createFunctionLibrary, type FunctionLibrary, type FunctionName } from './function-library.ts';
import { judgeServers, parseInfo, type RedisReport, type ServerFacts } from './server-report.ts';

/*
 * A connection that never repeats a call by itself. What was under way when it broke may have taken effect or not, and
 * only the runner knows what to do then: it begins again from the stored checkpoint. So nothing is queued while the
 * server is away and nothing is sent twice; every call fails at once with `state_unavailable`, and the connection goes
 * on looking for the server for ever. A server that has accepted calls and stays silent counts as gone.
 */
export interface RedisConnection {
  /** One call of the library. Keys have one tag. */
  call(name: FunctionName, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown>;
  /** A field of a hash. */
  field(key: string, field: string): Promise<Buffer | undefined>;
  /**
   * Looks the servers over and loads the library where it is missing. Call it before anything else. Fails with
   * `unsafe_state_store`, or with `state_unavailable` while there is no server.
   */
  check(): Promise<RedisReport>;
  /** What the servers say of themselves, whether that will do or not; changes nothing. Fails with `state_unavailable`. */
  facts(): Promise<readonly ServerFacts[]>;
  /**
   * Has the servers write their files anew, so that they hold what the state holds now and nothing from before. Resolves when
   * that is done; what a server forbids, or does not do, is left to its operator.
   */
  renewFiles(): Promise<void>;
  /** What `check` found last. */
  readonly report: RedisReport | undefined;
  readonly isReady: boolean;
  close(): Promise<void>;
}

export interface RedisConnectionOptions {
  readonly url: string;
  /** Told of each error of the connection, for the log of the process. */
  readonly onError?: (error: unknown) => void;
  /** After so long without an answer that is due the server counts as gone. */
  readonly answerMs?: number;
  /** Another version of the functions. */
  readonly library?: FunctionLibrary;
}

type Client = Redis | Cluster;
type Settings = ReturnType<typeof settings>;

export function openRedisConnection(options: RedisConnectionOptions): RedisConnection {
  const address = parseRedisAddress(options.url);
  const common = settings(address, options.answerMs ?? limits.redisAnswerMs);
  const client = address.kind === 'cluster' ? openCluster(address, common) : openSingle(address, common);
  // Without a listener the driver would write to the console.
  client.on('error', (error: unknown) => options.onError?.(error));
  return new DriverConnection(client, options.library ?? createFunctionLibrary());
}

function settings(address: RedisAddress, answerMs: number) {
  return {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.secure ? { tls: {} } : {}),
    protocol: 2 as const,
    connectTimeout: limits.redisConnectMs,
    // Destroys a connection on which an answer is overdue: the other end is gone, or might as well be.
    socketTimeout: answerMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    reconnectOnError: (error: Error) => replyCode(error) === 'READONLY',
  } satisfies RedisOptions;
}

function retryDelay(times: number): number {
  return Math.min(times * limits.redisReconnectMs, limits.redisReconnectMsMax);
}

function openSingle(address: RedisAddress, common: Settings): Redis {
  return new Redis({
    ...common,
    ...address.nodes[0],
    db: address.database,
    enableOfflineQueue: false,
    retryStrategy: retryDelay,
  });
}

function openCluster(address: RedisAddress, common: Settings): Cluster {
  return new Cluster([...address.nodes], {
    redisOptions: common,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryDelay,
    clusterNodeRetryStrategy: retryDelay,
    // After a lost connection nobody knows whether the call took effect: it is not sent to the next node.
    retryDelayOnFailover: 0,
    slotsRefreshTimeout: limits.redisConnectMs,
    slotsRefreshInterval: limits.redisSlotsRefreshMs,
  });
}

class DriverConnection implements RedisConnection {
  readonly #client: Client;
  readonly #library: FunctionLibrary;
  #report: RedisReport | undefined;
  #loading: Promise<boolean> | undefined;
  #closed = false;

  constructor(client: Client, library: FunctionLibrary) {
    this.#client = client;
    this.#library = library;
  }

  get report(): RedisReport | undefined {
    return this.#report;
  }

  get isReady(): boolean {
    return this.#client.status === 'ready';
  }

  async call(
    name: FunctionName,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<unknown> {
    const send = (): Promise<unknown> =>
      this.#client.callBuffer('fcall', [this.#library.nameOf(name), keys.length, ...keys, ...args]);
    try {
      return await send();
    } catch (error) {
      // A server without the library has done nothing: it came up empty, or somebody flushed its functions.
      if (replyCode(error) !== 'ERR' || !(await this.#restoreLibrary())) throw translate(error);
    }
    return await send().catch((error: unknown) => {
      throw translate(error);
    });
  }

  async field(key: string, field: string): Promise<Buffer | undefined> {
    try {
      return (await this.#client.hgetBuffer(key, field)) ?? undefined;
    } catch (error) {
      throw translate(error);
    }
  }

  async check(): Promise<RedisReport> {
    const facts = await this.facts();
    try {
      this.#report = judgeServers(facts);
      await this.#loadLibrary();
      return this.#report;
    } catch (error) {
      throw translate(error);
    }
  }

  async facts(): Promise<readonly ServerFacts[]> {
    await this.#ready();
    try {
      return await Promise.all(this.#servers().map(factsOf));
    } catch (error) {
      throw translate(error);
    }
  }

  async renewFiles(): Promise<void> {
    try {
      await Promise.all(this.#servers().map(renewFilesOf));
    } catch (error) {
      throw translate(error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.disconnect();
  }

  /** Waits for the first connection, or for the next one. */
  #ready(): Promise<void> {
    if (this.isReady) return Promise.resolve();
    const client = this.#client;
    return new Promise((resolve, reject) => {
      const away = setTimeout(() => {
        client.off('ready', settle);
        reject(new TesseraError('state_unavailable', 'no server of Redis answers'));
      }, limits.redisConnectMs);
      const settle = (): void => {
        clearTimeout(away);
        resolve();
      };
      client.once('ready', settle);
    });
  }

  #servers(): Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
  }

  /** False where every server had the library; many calls may find out at once that it is gone. */
  async #restoreLibrary(): Promise<boolean> {
    this.#loading ??= this.#loadLibrary();
    try {
      return await this.#loading;
    } catch (error) {
      throw translate(error);
    } finally {
      this.#loading = undefined;
    }
  }

  async #loadLibrary(): Promise<boolean> {
    const { name, code } = this.#library;
    const loaded = await Promise.all(
      this.#servers().map(async (server) => {
        const found = await server.call('FUNCTION', 'LIST', 'LIBRARYNAME', name);
        if (Array.isArray(found) && found.length > 0) return false;
        // REPLACE, because another process may be quicker; the same name is the same code.
        await server.call('FUNCTION', 'LOAD', 'REPLACE', code);
        return true;
      }),
    );
    return loaded.includes(true);
  }
}

/** The log of changes where there is one, then the snapshot where one is kept. */
async function renewFilesOf(server: Redis): Promise<void> {
  const info = parseInfo(await server.info('persistence'));
  try {
    if (info.get('aof_enabled') === '1') await server.call('BGREWRITEAOF');
    await untilWritten(server);
    await server.call('BGSAVE', 'SCHEDULE');
    await untilWritten(server);
  } catch (error) {
    // Managed servers forbid it, and one may be writing already.
    if (replyCode(error) === undefined) throw error;
  }
}

const BUSY = ['aof_rewrite_in_progress', 'aof_rewrite_scheduled', 'rdb_bgsave_in_progress'];

async function untilWritten(server: Redis): Promise<void> {
  for (let waited = 0; waited < limits.redisRenewMs; waited += limits.redisRenewLookMs) {
    const info = parseInfo(await server.info('persistence'));
    if (BUSY.every((name) => info.get(name) !== '1')) return;
    await sleep(limits.redisRenewLookMs);
  }
}

async function factsOf(server: Redis): Promise<ServerFacts> {
  const info = parseInfo(await server.info());
  let appendfsync: string | undefined;
  try {
    const found = await server.config('GET', 'appendfsync');
    if (Array.isArray(found)) appendfsync = String(found[1]);
  } catch (error) {
    // Managed servers forbid CONFIG; the report says that it is not known.
    if (replyCode(error) === undefined) throw error;
  }
  const { host, port } = server.options;
  return { address: `${host}:${port}`, info, appendfsync };
}

/** The first word of an error reply is its code; undefined for errors that the server did not send. */
function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const [code] = error.message.split(' ', 1);
  return code;
}

function translate(error: unknown): TesseraError {
  if (error instanceof TesseraError) return error;
  const code = replyCode(error);
  if (code === 'WRONGTYPE') {
    return new TesseraError('data_format', 'a key of this space holds what Tessera did not write', {
      cause: error,
    });
  }
  return new TesseraError(
    'state_unavailable',
    code === undefined ? 'Redis cannot be reached' : `Redis answers ${code}`,
    { cause: error },
  );
}
