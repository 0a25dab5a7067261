import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Session } from 'chdb';

export interface ClickHouseFront {
  readonly url: string;
  stop(): Promise<void>;
}

/** Parameters of ClickHouse's HTTP interface that are not settings. */
const PARAMETERS = new Set([
  'query',
  'database',
  'query_id',
  'wait_end_of_query',
  'session_id',
  'default_format',
]);

/**
 * As much of ClickHouse's HTTP interface as the client uses, over chDB: the statement in `query` or in the body, settings
 * as parameters that hold for one request, errors as text with their number in a header. It proves what goes over
 * the wire; it is no proof about a server's own behavior.
 */
export async function startClickHouseFront(path: string): Promise<ClickHouseFront> {
  // A session per request, so that settings end with it, beside one that keeps the engine up in between.
  const keeper = new Session(path);
  const server = createServer((request, response) => {
    answer(path, request, response).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      const number = /Code: (\d+)/.exec(text)?.[1] ?? '1002';
      response.writeHead(number === '164' ? 403 : 400, { 'X-ClickHouse-Exception-Code': number });
      response.end(`${text} (version 26.7)`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      keeper.close();
    },
  };
}

async function answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://front');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks).toString('utf8');
  const query = url.searchParams.get('query');
  const session = new Session(path);
  try {
    await prepare(session, url.searchParams);
    const result = await session.queryAsync(query === null ? body : `${query}\n${body}`, {
      format: 'TabSeparated',
    });
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=UTF-8' });
    response.end(Buffer.from(result.bytes()));
  } finally {
    session.close();
  }
}

async function prepare(session: Session, parameters: URLSearchParams): Promise<void> {
  const database = parameters.get('database');
  if (database !== null) await session.queryAsync(`USE ${database}`);
  const settings: string[] = [];
  for (const [name, value] of parameters) {
    // A server takes the settings of one request together; one by one, `readonly` has to come last.
    if (PARAMETERS.has(name) || name === 'readonly') continue;
    settings.push(`${name} = '${value}'`);
  }
  const readonly = parameters.get('readonly');
  if (readonly !== null) settings.push(`readonly = ${readonly}`);
  if (settings.length > 0) await session.queryAsync(`SET ${settings.join(', ')}`);
}
