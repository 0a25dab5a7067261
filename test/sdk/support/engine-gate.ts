import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the gate does with a delivery of events: hands it on, refuses it, breaks the connection, or loses the answer only. */
export type Verdict = 'pass' | 'break' | 'lose' | { readonly status: number; readonly retryAfter?: string };

/** One delivery of events as a browser sent it. */
export interface Delivered {
  readonly events: readonly SentEvent[];
  readonly sentAt: number;
  readonly contentType: string | undefined;
  readonly verdict: Verdict;
}

export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly time: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of many shapes, and expect() checks them.
  readonly [field: string]: any;
}

/** Stands before the engine, so that tests see what browsers send and say what becomes of it. */
export class EngineGate {
  readonly deliveries: Delivered[] = [];
  readonly taken: SentEvent[] = [];
  /** What becomes of the next delivery. */
  judge: () => Verdict = () => 'pass';
  /** Where the engine is. */
  target: string;
  /** Requests of any kind and path. */
  requests = 0;
  readonly #server: Server;

  constructor(target: string) {
    this.target = target;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async open(target: string): Promise<EngineGate> {
    const gate = new EngineGate(target);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get address(): string {
    // A server on TCP has an address with a port.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Events of a type that the engine has said to have, in that order, repeats included. */
  ofType(type: string): readonly SentEvent[] {
    return this.taken.filter((event) => event.type === type);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (request.method !== 'POST') return await this.#pass(request, response, body);
    const verdict = this.judge();
    const events = this.#note(request, body, verdict);
    if (verdict === 'pass') {
      await this.#pass(request, response, body);
      if (response.statusCode === 202) this.taken.push(...events);
      return;
    }
    if (verdict === 'lose') await this.#forward(request, body);
    if (verdict === 'break' || verdict === 'lose') {
      response.destroy();
      return;
    }
    response.statusCode = verdict.status;
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'Retry-After');
    if (verdict.retryAfter !== undefined) response.setHeader('retry-after', verdict.retryAfter);
    response.end('{}');
  }

  #note({ headers }: IncomingMessage, body: Buffer, verdict: Verdict): readonly SentEvent[] {
    // What the tracker sends; anything else fails the test.
    const { events, sentAt } = JSON.parse(body.toString()) as {
      readonly events: readonly SentEvent[];
      readonly sentAt: number;
    };
    this.deliveries.push({
      events,
      sentAt,
      contentType: headers['content-type'],
      verdict,
    });
    return events;
  }

  async #pass(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const answer = await this.#forward(request, body);
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) if (!DROPPED.has(name)) response.setHeader(name, value);
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  async #forward({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): Promise<Response> {
    const kept = Object.entries(headers).filter(([name]) => !DROPPED.has(name));
    return await fetch(this.target + url, {
      method,
      headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
      ...(method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? {} : { body }),
    });
  }
}

/** Of one connection; and bodies are handed on as they are, inflated. */
const DROPPED = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
]);
