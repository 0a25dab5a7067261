import { Client } from 'undici';
import { EngineApi, type Sending } from '../e2e/support/engine-api.ts';
import type { RunningEngine } from '../e2e/support/engine-process.ts';

/**
 * Of processes that share a port, any may take a connection. While all but one stand still, that one does: what is done
 * meanwhile must end without the others.
 */
export async function takenBy<T>(
  pid: number,
  { of, action }: { readonly of: readonly number[]; readonly action: () => Promise<T> },
): Promise<T> {
  const others = of.filter((other) => other !== pid);
  for (const other of others) process.kill(other, 'SIGSTOP');
  try {
    return await action();
  } finally {
    for (const other of others) process.kill(other, 'SIGCONT');
  }
}

/** A new connection might go to another process. */
const KEPT_MS = 60_000;

/** One connection to one of the processes, which takes all requests over it. */
export class ProcessConnection {
  readonly #client: Client;
  readonly #api: EngineApi;

  private constructor(api: EngineApi) {
    this.#api = api;
    this.#client = new Client(api.address, { pipelining: 1, keepAliveTimeout: KEPT_MS });
  }

  static async open({ api }: RunningEngine, pid: number, of: readonly number[]): Promise<ProcessConnection> {
    const connection = new ProcessConnection(api);
    await takenBy(pid, { of, action: () => connection.#request('GET', '/healthz') });
    return connection;
  }

  /** The answer's JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes, and expect() checks them.
  async post(path: string, body: object): Promise<any> {
    return JSON.parse(await this.#request('POST', path, JSON.stringify(body)));
  }

  async text(path: string): Promise<string> {
    return await this.#request('GET', path);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #request(method: 'GET' | 'POST', path: string, body?: string): Promise<string> {
    const headers = { authorization: `Bearer ${this.#api.secretKey}` };
    const answer = await this.#client.request({ method, path, headers, ...(body && { body }) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}: ${text}`);
    return text;
  }
}

/** A client that opens a connection for each request: one that keeps its connection would know one process. */
class FreshConnections extends EngineApi {
  override headers(sending: Sending): Record<string, string> {
    return { ...super.headers(sending), connection: 'close' };
  }
}

export function withFreshConnections(node: RunningEngine): RunningEngine {
  const { address, writeKey, secretKey } = node.api;
  const api = new FreshConnections({ address, write_key: writeKey, secret_key: secretKey });
  return { ...node, api };
}
