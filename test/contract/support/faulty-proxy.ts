import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to one delivery: it is refused for now (429 or 503, with `Retry-After`), reaches the engine but its answer
 * is lost (and the engine ends and starts again meanwhile), or reaches the engine twice.
 */
export type Fault = 429 | 503 | 'restart' | 'twice';

export interface ProxyOptions {
  /** Where the engine is. */
  readonly target: string;
  /** For the deliveries in the order in which they come; all that follow arrive twice. */
  readonly faults: readonly Fault[];
  /** Ends the engine, starts it again, and says where it is now. */
  readonly restart: () => Promise<string>;
  /** Whether a request carries events, so that faults concern it. POST unless told. */
  readonly isDelivery?: (request: { readonly method: string; readonly path: string }) => boolean;
}

/** A request as a library sent it. */
export interface Delivery {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly fault: Fault;
}

/** Between a library and the engine: hands everything on, but deliveries as the list of faults says. */
export class FaultyProxy {
  readonly deliveries: Delivery[] = [];
  readonly #server: Server;
  readonly #faults: Fault[];
  readonly #options: ProxyOptions;
  #target: Promise<string>;
  #restarting = false;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#faults = [...options.faults];
    this.#target = Promise.resolve(options.target);
    this.#server = createServer((incoming, response) => {
      this.#handle(incoming, response).catch(() => response.destroy());
    });
  }

  static async start(options: ProxyOptions): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): string {
    // A server on TCP has an address with a port.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether every fault of the list has happened, and is over. */
  get done(): boolean {
    return this.#faults.length === 0 && !this.#restarting;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const body = await readAll(incoming);
    const send: Send = { method, url, headers, body };
    const [path = '/'] = url.split('?');
    const { isDelivery = (asked) => asked.method === 'POST' } = this.#options;
    if (!isDelivery({ method, path })) return answer(response, await this.#forward(send));
    const fault = this.#faults.shift() ?? 'twice';
    this.deliveries.push({ path: url, headers, body, fault });
    if (fault === 'restart') {
      this.#restarting = true;
      await this.#forward(send);
      this.#target = this.#options.restart();
      await this.#target;
      this.#restarting = false;
      response.destroy();
    } else if (fault === 'twice') {
      await this.#forward(send);
      answer(response, await this.#forward(send));
    } else answer(response, refusal(fault, await this.#forward(withoutKey(send))));
  }

  /** Requests that come while the engine is away wait until it is back. */
  async #forward({ method, url, headers, body }: Send): Promise<Forwarded> {
    const target = await this.#target;
    // With everything that the client said, its Host above all: the engine names itself by it.
    const asked = request(target + url, {
      method,
      headers: { ...withoutHops(headers), 'content-length': body.length },
    });
    asked.end(body);
    const [reached] = (await once(asked, 'response')) as [IncomingMessage];
    return {
      status: reached.statusCode ?? 0,
      headers: withoutHops(reached.headers),
      body: await readAll(reached),
    };
  }
}

type Fields = Readonly<Record<string, string | string[] | undefined>>;

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Send {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Forwarded {
  readonly status: number;
  readonly headers: Fields;
  readonly body: Buffer;
}

const HOP_BY_HOP = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding']);

function withoutHops(headers: Fields): Fields {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/** Such a request comes to nothing, and is answered with the engine's own words on CORS. */
function withoutKey(send: Send): Send {
  const { authorization: _authorization, 'x-write-key': _key, ...headers } = send.headers;
  return { ...send, url: send.url.split('?', 1)[0] ?? '/', headers, body: Buffer.from('{}') };
}

function refusal(status: 429 | 503, { headers }: Forwarded): Forwarded {
  const kept = Object.entries(headers).filter(
    ([name]) => name.startsWith('access-control-') || name === 'vary',
  );
  return {
    status,
    headers: { ...Object.fromEntries(kept), 'retry-after': '1', 'content-type': 'application/problem+json' },
    body: Buffer.from(JSON.stringify({ status })),
  };
}

function answer(response: ServerResponse, { status, headers, body }: Forwarded): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}
