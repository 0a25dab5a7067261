import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';

/** One request to ClickHouse's interface, taken apart. */
export interface FrontRequest {
  /** The statement, and behind it the data of an insert; empty where a client only knocks. */
  readonly sql: string;
  readonly queryId: string;
  readonly database: string | undefined;
  readonly format: string;
  /** Values of `{name:Type}`, by name, as they stand in the address. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  readonly session: FrontSessionName | undefined;
  /** Whether the request may change anything: by ClickHouse's rules one sent with GET never does. */
  readonly mayWrite: boolean;
  /** The way in which the answer may be compressed. */
  readonly encoding: 'gzip' | 'deflate' | 'br' | undefined;
  readonly showsProgress: boolean;
}

export interface FrontSessionName {
  readonly id: string;
  readonly timeoutMs: number;
  /** The session must exist already. */
  readonly mustExist: boolean;
}

/** What the address of a request says that is no setting. */
const OWN_PARAMETERS = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'role',
  'session_id',
  'session_timeout',
  'session_check',
  'decompress',
  'auto_refresh_token',
]);

/** The key that a request shows: as the password of any user, as ClickHouse's header or parameter, or alone. */
export function presentedPassword(request: IncomingMessage, url: URLSearchParams): string | undefined {
  const { authorization } = request.headers;
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() === 'basic') {
    const [user = '', ...password] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
    return password.join(':') || user;
  }
  const key = textHeader(request, 'x-clickhouse-key') ?? url.get('password') ?? undefined;
  return key === '' ? undefined : key;
}

/** Reads the body too, inflated, and no further than it may be long. */
export async function readFrontRequest(
  request: IncomingMessage,
  url: URLSearchParams,
): Promise<FrontRequest> {
  refuseUnsupported(request, url);
  const body = request.method === 'POST' || request.method === 'PUT' ? await readBody(request) : '';
  const query = url.get('query') ?? '';
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of url) {
    if (!/^\w+$/.test(name)) throw new TesseraError('invalid_parameter', 'a parameter has no plain name');
    if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
    else if (!OWN_PARAMETERS.has(name)) settings.set(name, value);
  }
  const readonly = settings.get('readonly') ?? '0';
  return {
    sql: query === '' || body === '' ? query + body : `${query}\n${body}`,
    queryId: url.get('query_id') || randomUUID(),
    database: url.get('database') || textHeader(request, 'x-clickhouse-database'),
    format: url.get('default_format') || textHeader(request, 'x-clickhouse-format') || 'TabSeparated',
    parameters,
    settings,
    session: sessionOf(url),
    mayWrite: request.method === 'POST' && readonly === '0',
    encoding: settings.get('enable_http_compression') === '1' ? acceptedEncoding(request) : undefined,
    showsProgress: settings.get('send_progress_in_http_headers') === '1',
  };
}

function refuseUnsupported(request: IncomingMessage, url: URLSearchParams): void {
  if (url.get('decompress') === '1' || url.get('compress') === '1') {
    const advice =
      "compress=0 and decompress=0 switch ClickHouse's own compression off; HTTP's is understood";
    throw new TesseraError('not_supported', advice);
  }
  if (/^multipart\//i.test(request.headers['content-type'] ?? '')) {
    throw new TesseraError('not_supported', 'tables as parts of the request are not offered here');
  }
}

function sessionOf(url: URLSearchParams): FrontSessionName | undefined {
  const id = url.get('session_id');
  if (id === null || id === '') return undefined;
  const seconds = Number(url.get('session_timeout') ?? limits.historySessionMs / 1000);
  const known = seconds > 0 && seconds * 1000 <= limits.historySessionMaxMs;
  if (!known) throw new TesseraError('invalid_parameter', 'session_timeout is out of range');
  return { id, timeoutMs: seconds * 1000, mustExist: url.get('session_check') === '1' };
}

function acceptedEncoding(request: IncomingMessage): FrontRequest['encoding'] {
  const accepted = textHeader(request, 'accept-encoding') ?? '';
  return (['gzip', 'br', 'deflate'] as const).find((name) => new RegExp(`\\b${name}\\b`, 'i').test(accepted));
}

function textHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const bytes = await collect(inflated(request));
  // A statement whose bytes are no text would be changed on its way, silently.
  const text = bytes.toString('utf8');
  if (Buffer.byteLength(text) !== bytes.length) {
    throw new TesseraError('unreadable_body', 'the body is not valid UTF-8');
  }
  return text;
}

function inflated(request: IncomingMessage): Readable {
  const encoding = textHeader(request, 'content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return request;
  const inflate = inflaterOf(encoding);
  // What ends the request early must end the reader too.
  request.on('error', (error) => inflate.destroy(error));
  return request.pipe(inflate);
}

function inflaterOf(encoding: string) {
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  throw new TesseraError('not_supported', `bodies come plain or as gzip, deflate or br, not as ${encoding}`);
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const piece: Buffer = Buffer.from(chunk);
      bytes += piece.length;
      if (bytes > limits.historyBodyBytesMax) throw new TesseraError('body_too_large');
      chunks.push(piece);
    }
  } catch (cause) {
    if (cause instanceof TesseraError) throw cause;
    throw new TesseraError('invalid_gzip', 'the body ends early or cannot be inflated', { cause });
  }
  return Buffer.concat(chunks, bytes);
}
