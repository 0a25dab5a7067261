import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An event as it was on the wire; tests read what they need of it. */
export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly time: number;
  readonly source: string;
  readonly channel: string;
  readonly identifiers?: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
}

export type Misbehavior =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection breaks; `kept` says whether the events were taken before. */
  | { readonly kind: 'break'; readonly kept: boolean };

export interface Sink {
  readonly url: string;
  /** Distinct events by id, as first received and kept. */
  readonly events: Map<string, SentEvent>;
  /** Bytes of each id, to see that a repeat is the same; the ids that came back different. */
  readonly changed: string[];
  requests: number;
  received: number;
  waited: number;
  largestBodyBytes: number;
  /** Asked before each request is handled, with its number from 1. */
  misbehave: (request: number) => Misbehavior | undefined;
  /** Events that are refused, as the engine would by quarantine. */
  refuse: (event: SentEvent) => { readonly code: string; readonly message: string } | undefined;
  /** Called after the events of a request were kept and before it is answered. */
  beforeAnswer: (request: number) => Promise<void> | void;
  close(): Promise<void>;
  /** Refuses connections until `open` is called: the port stays the same. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** A double of the engine's ingest route: a real HTTP server that keeps what it is sent. */
export async function startSink(): Promise<Sink> {
  let port = 0;
  let server: Server | undefined;
  const lines = new Map<string, string>();
  const sink: Sink = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    events: new Map(),
    changed: [],
    requests: 0,
    received: 0,
    waited: 0,
    largestBodyBytes: 0,
    misbehave: () => undefined,
    refuse: () => undefined,
    beforeAnswer: () => undefined,
    async open() {
      server = createServer((request, response) => void handle(sink, lines, { request, response }));
      const listening = server;
      await new Promise<void>((resolve) => listening.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    },
    async shut() {
      const closing = server;
      server = undefined;
      closing?.closeAllConnections();
      await new Promise((resolve) => (closing === undefined ? resolve(undefined) : closing.close(resolve)));
    },
    close: () => sink.shut(),
  };
  await sink.open();
  return sink;
}

async function handle(
  sink: Sink,
  lines: Map<string, string>,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  sink.requests += 1;
  const number = sink.requests;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  sink.largestBodyBytes = Math.max(sink.largestBodyBytes, body.length);
  const misbehavior = sink.misbehave(number);
  if (misbehavior?.kind === 'answer') {
    response.writeHead(misbehavior.status, misbehavior.headers).end(misbehavior.body ?? '{}');
    return;
  }
  if (misbehavior?.kind === 'break' && !misbehavior.kept) return void request.socket.destroy();
  const answer = keep(sink, lines, {
    text: body.toString('utf8'),
    wait: request.url?.includes('wait=applied') === true,
  });
  await sink.beforeAnswer(number);
  if (misbehavior?.kind === 'break') return void request.socket.destroy();
  response.writeHead(request.url?.includes('wait=applied') ? 200 : 202, {
    'content-type': 'application/json',
  });
  response.end(JSON.stringify(answer));
}

function keep(
  sink: Sink,
  lines: Map<string, string>,
  body: { readonly text: string; readonly wait: boolean },
): unknown {
  const rejected: unknown[] = [];
  const results: unknown[] = [];
  for (const [index, line] of body.text.trimEnd().split('\n').entries()) {
    const event = JSON.parse(line) as SentEvent;
    sink.received += 1;
    const refusal = sink.refuse(event);
    if (refusal !== undefined) {
      rejected.push({ index, id: event.id, ...refusal, path: '/properties', quarantine_id: `q-${event.id}` });
      continue;
    }
    const known = lines.get(event.id);
    if (known === undefined) sink.events.set(event.id, event);
    else if (known !== line) sink.changed.push(event.id);
    lines.set(event.id, line);
    results.push({ id: event.id, status: known === undefined ? 'applied' : 'duplicate', profile_id: 'p' });
  }
  if (!body.wait) return { accepted: results.length, rejected };
  sink.waited += 1;
  return { results, rejected };
}
