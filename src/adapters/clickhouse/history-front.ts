import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, deflate, gzip } from 'node:zlib';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { type EmbeddedEngine, openEmbeddedEngine } from './embedded-engine.ts';
import { exceptionOf } from './front-exception.ts';
import { contentTypeOf, countsRows, rowsOf } from './front-formats.ts';
import { type FrontAnswer, FrontQueries } from './front-queries.ts';
import { type FrontRequest, presentedPassword, readFrontRequest } from './front-request.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';

/*
 * ClickHouse's HTTP interface over the embedded history, so that any client or BI tool can query it. It listens on
 * loopback alone, asks for a key, and reads only, unless it is told to let clients write.
 */
export interface HistoryFrontOptions {
  /** Directory of the embedded history. */
  readonly path: string;
  /** Where a client that names no database finds itself. */
  readonly database: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly writable: boolean;
  /** Whether this is the password of somebody who may read all of history. */
  readonly authorize: (password: string) => boolean;
  /** Shared with whoever else reads the embedded history. */
  readonly reads?: Turnstile;
}

export interface HistoryFront {
  readonly url: string;
  /** Ends connections; statements under way come to their end first. */
  stop(): Promise<void>;
}

export async function startHistoryFront(options: HistoryFrontOptions): Promise<HistoryFront> {
  const engine = await openEmbeddedEngine(options.path);
  try {
    const { version, zone } = await describe(engine);
    const reads = options.reads ?? createTurnstile(1, limits.sqlWaitingMax);
    const queries = new FrontQueries({ ...options, engine, reads });
    const front = new Front({ ...options, queries, version, zone });
    const server = createServer(
      { headersTimeout: limits.headersTimeoutMs, requestTimeout: limits.historyTimeoutMs },
      (request, response) => void front.answer(request, response),
    );
    server.maxConnections = limits.historyConnectionsMax;
    const url = await listen(server, options.port);
    return {
      url,
      stop: async () => {
        front.stopping = true;
        const closed = once(server, 'close');
        server.close();
        server.closeIdleConnections();
        await front.settled();
        server.closeAllConnections();
        await closed;
        queries.close();
        engine.close();
      },
    };
  } catch (cause) {
    engine.close();
    throw cause;
  }
}

async function describe(engine: EmbeddedEngine): Promise<{ version: string; zone: string }> {
  const session = engine.openSession();
  try {
    const { bytes } = await session.run('SELECT version(), timezone()', 'TabSeparated');
    const [version = '', zone = 'UTC'] = Buffer.from(bytes).toString('utf8').trim().split('\t');
    return { version, zone };
  } finally {
    session.close();
  }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new TesseraError('invalid_config', `history cannot listen on port ${port}`, { cause }));
    });
    // Never a port that processes share: only this one has the history.
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
}

interface FrontParts extends Pick<HistoryFrontOptions, 'authorize'> {
  readonly queries: FrontQueries;
  readonly version: string;
  readonly zone: string;
}

class Front {
  readonly #parts: FrontParts;
  readonly #underWay = new Set<Promise<void>>();
  stopping = false;

  constructor(parts: FrontParts) {
    this.#parts = parts;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that goes away in the middle is no error of ours, and nobody is left to be told.
    request.on('error', () => request.destroy());
    const work = this.#answer(request, response);
    this.#underWay.add(work);
    await work;
    this.#underWay.delete(work);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { version } = this.#parts;
    response.setHeader('X-ClickHouse-Server-Display-Name', 'tessera');
    try {
      await this.#route(request, response);
    } catch (error) {
      const { number, status, text } = exceptionOf(error, version);
      response.setHeader('X-ClickHouse-Exception-Code', number);
      if (number === 516) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
      // What is left of the body is not read, so the connection cannot serve another request.
      if (!request.complete) response.setHeader('Connection', 'close');
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=UTF-8' });
      response.end(text);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.stopping) throw new TesseraError('stopping');
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const asksNothing = request.method === 'GET' || request.method === 'HEAD';
    if (pathname === '/ping' || pathname === '/replicas_status') return sayOk(response);
    if (pathname !== '/') return sayWhere(response, pathname);
    if (asksNothing && !searchParams.has('query')) return sayOk(response);
    const password = presentedPassword(request, searchParams);
    if (password === undefined || !this.#parts.authorize(password)) {
      throw new TesseraError('unauthorized', "the password must be the engine's secret key");
    }
    const query = await readFrontRequest(request, searchParams);
    response.setHeader('X-ClickHouse-Query-Id', query.queryId.replaceAll(/[^\x20-\x7e]/g, '?'));
    const result = await this.#parts.queries.run(query);
    await this.#send(response, query, result);
  }

  async #send(response: ServerResponse, query: FrontRequest, result: FrontAnswer): Promise<void> {
    const summary = summaryOf(result);
    response.setHeader('X-ClickHouse-Summary', summary);
    if (query.showsProgress) response.setHeader('X-ClickHouse-Progress', summary);
    response.setHeader('X-ClickHouse-Format', result.format);
    response.setHeader('X-ClickHouse-Timezone', this.#parts.zone);
    response.setHeader('Content-Type', contentTypeOf(result.format));
    const body = Buffer.from(result.bytes);
    if (query.encoding === undefined) {
      response.end(body);
      return;
    }
    response.setHeader('Content-Encoding', query.encoding);
    response.end(await compressors[query.encoding](body));
  }
}

const compressors = {
  gzip: promisify<Buffer, Buffer>(gzip),
  deflate: promisify<Buffer, Buffer>(deflate),
  br: promisify<Buffer, Buffer>(brotliCompress),
} as const;

function sayOk(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=UTF-8' });
  response.end('Ok.\n');
}

function sayWhere(response: ServerResponse, path: string): void {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=UTF-8' });
  response.end(
    `There is no handle ${path.slice(0, 200)}\n\nUse / or /ping for health checks.\nSend queries with POST, or GET /?query=...\n`,
  );
}

/**
 * The engine does not tell how many rows a result has. Lines tell exactly; else it is as many as were read, and at least
 * one where there is anything, because the JDBC driver looks no further at a result of none.
 */
function resultRows({ format, bytes, rowsRead, writtenRows }: FrontAnswer): number {
  if (bytes.byteLength === 0) return writtenRows;
  return countsRows(format) ? rowsOf(format, Buffer.from(bytes).toString('latin1')) : Math.max(1, rowsRead);
}

/** As ClickHouse has it: numbers as texts. */
function summaryOf(answer: FrontAnswer): string {
  return JSON.stringify({
    read_rows: String(answer.rowsRead),
    read_bytes: String(answer.bytesRead),
    written_rows: String(answer.writtenRows),
    written_bytes: String(answer.writtenBytes),
    total_rows_to_read: String(answer.rowsRead),
    result_rows: String(resultRows(answer)),
    result_bytes: String(answer.bytes.byteLength),
    elapsed_ns: String(Math.round(answer.seconds * 1e9)),
  });
}
