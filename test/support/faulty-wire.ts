import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';

/** What happens to one insert on its way to ClickHouse and back. */
export type Fate =
  | 'fine'
  | 'cut before'
  | 'cut during'
  | 'cut after'
  | '500 before'
  | '500 after'
  | 'too slow';

export const fates: readonly Fate[] = [
  'fine',
  'cut before',
  'cut during',
  'cut after',
  '500 before',
  '500 after',
  'too slow',
];

export interface FaultyWire {
  readonly url: string;
  /** Fates of the inserts to come; once they are used up, everything is fine. */
  readonly fates: Fate[];
  /** Bodies of all tries, by the token in their statement. */
  readonly tries: ReadonlyMap<string, readonly string[]>;
  /** Resolves when what was held back has come to its end too. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** An HTTP proxy in front of ClickHouse that harms inserts of history; everything else passes. */
export async function startFaultyWire(target: string): Promise<FaultyWire> {
  const pending: Fate[] = [];
  const tries = new Map<string, string[]>();
  const underWay = new Set<Promise<void>>();
  /** Told when a try of a token has come to its end: what was too slow arrives after the next one. */
  const arrivals = new EventEmitter();
  const server = createServer((incoming, outgoing) => {
    const work = (async () => {
      const body = await bodyOf(incoming);
      const statement = new URL(incoming.url ?? '/', target).searchParams.get('query') ?? '';
      const token = /^INSERT INTO \w+ .*insert_deduplication_token = '([^']+)'/s.exec(statement)?.[1];
      const fate = token === undefined ? 'fine' : (pending.shift() ?? 'fine');
      if (token !== undefined) tries.set(token, [...(tries.get(token) ?? []), body.toString('utf8')]);
      const overtaken = fate === 'too slow' && token !== undefined ? once(arrivals, token) : undefined;
      await pass({ target, incoming, outgoing, body, fate, overtaken });
      if (token !== undefined) arrivals.emit(token);
    })();
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = new URL(target);
  own.port = String(typeof address === 'object' ? address?.port : 0);
  return {
    url: own.href,
    fates: pending,
    tries,
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Passage {
  readonly target: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly body: Buffer;
  readonly fate: Fate;
  readonly overtaken: Promise<unknown> | undefined;
}

async function pass({ target, incoming, outgoing, body, fate, overtaken }: Passage): Promise<void> {
  if (fate === 'cut before') return cut(incoming);
  if (fate === '500 before') return fail(outgoing);
  // Held back until the client has given up and tried again; then ClickHouse gets it all the same.
  await overtaken;
  const answer = await forward(
    target,
    incoming,
    fate === 'cut during' ? body.subarray(0, -1) : body,
    body.length,
  );
  if (fate === 'cut during' || fate === 'cut after') return cut(incoming);
  if (fate === '500 after') return fail(outgoing);
  if (fate === 'too slow' || answer === undefined) return cut(incoming);
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
}

function cut(incoming: IncomingMessage): void {
  incoming.socket.destroy();
}

function fail(outgoing: ServerResponse): void {
  outgoing.writeHead(500, { 'X-ClickHouse-Exception-Code': '999' });
  outgoing.end('Code: 999. DB::Exception: Session expired. (KEEPER_EXCEPTION) (version 26.1)\n');
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Sends a body that was announced as `length` long; where it is shorter, the connection ends in its middle. */
async function forward(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  length: number,
): Promise<Answer | undefined> {
  const { 'transfer-encoding': _chunked, ...others } = headers;
  const upstream = send(new URL(url ?? '/', target), {
    method,
    headers: { ...others, host: new URL(target).host, 'content-length': length },
    agent: false,
  });
  if (body.length < length) {
    upstream.on('error', () => upstream.destroy());
    await new Promise<void>((resolve) => upstream.write(body, () => resolve()));
    upstream.destroy();
    return undefined;
  }
  upstream.end(body);
  const [response] = (await once(upstream, 'response')) as [IncomingMessage];
  const answered = await bodyOf(response);
  const { 'transfer-encoding': _, ...kept } = response.headers;
  return { status: response.statusCode ?? 500, headers: kept, body: answered };
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
