import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import {
  type ConnectionOptions,
  connect,
  type Msg,
  type NatsConnection,
  type RequestOptions,
} from '@nats-io/transport-node';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { NatsConnectionWatch } from './connection-watch.ts';
import { unavailable } from './failures.ts';

export interface NatsOptions {
  /** Addresses of the servers of one cluster: `nats://user:password@host:4222`, `nats://token@host`, `tls://host`. */
  readonly servers: readonly string[];
  /** Who connects, as the server shows it. */
  readonly name: string;
  /** How long an answer may take; default `limits.natsRequestMs`. */
  readonly requestMs?: number;
  /** How often the server is asked whether it is there; default `limits.natsPingMs`. */
  readonly pingMs?: number;
}

/** The one connection that all adapters of a node share. It comes back by itself, forever. */
export interface NatsLink {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** False while the server is away, or answers nothing. */
  readonly connected: boolean;
  /** Payloads may be so large. */
  readonly payloadBytesMax: number;
  /**
   * One request and its answer. Fails with `log_unavailable` when the server is away, goes away meanwhile or does
   * not answer in time: it may have got the request nevertheless.
   */
  request(subject: string, payload: Uint8Array | string, headers?: RequestOptions['headers']): Promise<Msg>;
  /** The same answer, or `log_unavailable` as soon as the server goes away: the client would wait for its timeout. */
  orAway<T>(asking: Promise<T>): Promise<T>;
  /** Calls back when the server has gone (false) or is back (true). Returns the way to stop. */
  onChange(listener: (connected: boolean) => void): () => void;
  close(): Promise<void>;
}

/** Connects, or fails with `log_unavailable`: a server that was never there is more often a mistake than an outage. */
export async function connectNats(options: NatsOptions): Promise<NatsLink> {
  try {
    const { requestMs = limits.natsRequestMs } = options;
    const connection = await connect(connectionOptions(options));
    // Asks nothing: whether JetStream is there shows when the first stream is opened.
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: requestMs });
    return new SharedLink(connection, manager, requestMs);
  } catch (error) {
    throw unavailable('NATS cannot be reached', error);
  }
}

class SharedLink implements NatsLink {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly #requestMs: number;
  readonly #watch: NatsConnectionWatch;
  /** Requests without an answer: the client leaves them to their timeouts when the server goes away. */
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(connection: NatsConnection, manager: JetStreamManager, requestMs: number) {
    this.connection = connection;
    this.manager = manager;
    this.#requestMs = requestMs;
    this.#watch = new NatsConnectionWatch(connection);
    this.#watch.onChange((connected) => {
      if (connected) return;
      for (const fail of this.#waiting) fail(unavailable('NATS went away'));
    });
  }

  get connected(): boolean {
    return this.#watch.connected;
  }

  get payloadBytesMax(): number {
    return this.connection.info?.max_payload ?? limits.messageBytesMax;
  }

  request(subject: string, payload: Uint8Array | string, headers?: RequestOptions['headers']): Promise<Msg> {
    // Published while it comes back, a message would wait in memory and be sent after its caller was told no.
    if (!this.connected) return Promise.reject(unavailable('NATS is away'));
    const options = { timeout: this.#requestMs, ...(headers && { headers }) };
    const asking = this.connection.request(subject, payload, options);
    return this.orAway(asking).catch((error: unknown) => {
      throw unavailable('NATS does not answer', error);
    });
  }

  orAway<T>(asking: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      asking.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  onChange(listener: (connected: boolean) => void): () => void {
    return this.#watch.onChange(listener);
  }

  async close(): Promise<void> {
    await this.#watch.close();
    await this.connection.close();
  }
}

function connectionOptions({ servers, name, pingMs }: NatsOptions): ConnectionOptions {
  const urls = servers.map(parseServer);
  const [first] = urls;
  if (first === undefined) throw new TesseraError('invalid_config', 'no NATS server is configured');
  const user = decodeURIComponent(first.username);
  const pass = decodeURIComponent(first.password);
  return {
    servers: urls.map(({ host }) => host),
    name,
    ...(urls.some(({ protocol }) => protocol === 'tls:') && { tls: {} }),
    ...(user !== '' && (pass === '' ? { token: user } : { user, pass })),
    maxReconnectAttempts: -1,
    reconnectTimeWait: limits.natsReconnectMs,
    // A server that is being set up anew may refuse for a while what it will accept again.
    ignoreAuthErrorAbort: true,
    timeout: limits.natsRequestMs,
    pingInterval: pingMs ?? limits.natsPingMs,
    maxPingOut: limits.natsPingsMissedMax,
    // Stacks of callers would be collected for each request, whether it fails or not.
    noAsyncTraces: true,
  };
}

/** Only `nats:` and `tls:`; the name and password of the first server count for all. */
function parseServer(server: string): URL {
  const text = server.includes('://') ? server : `nats://${server}`;
  if (!URL.canParse(text) || new URL(text).host === '')
    throw new TesseraError('invalid_config', 'the address of a NATS server cannot be read');
  const url = new URL(text);
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:') {
    throw new TesseraError('invalid_config', `a NATS server cannot be reached by ${url.protocol}`);
  }
  return url;
}
