import { clientLimits } from './client-limits.ts';
import { backoff, pause } from './pause.ts';
import { apiError, readProblem, type TesseraApiError } from './tessera-api-error.ts';

export interface ConnectionOptions {
  /** Address of the engine: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** A secret key (`sk_…`), or in a browser a write key (`wk_…`), which may only send events. */
  readonly key?: string;
  /** Another implementation of `fetch`. */
  readonly fetch?: typeof fetch;
  /** For one attempt, in milliseconds. */
  readonly timeoutMs?: number;
  /** How many further attempts follow one that failed and may be repeated. */
  readonly retries?: number;
}

export type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Text and bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Whether the same request may be sent again when nobody knows what became of it. */
  readonly repeatable: boolean;
}

/** Statuses after which an engine, or a proxy before it, may well answer. */
const PASSING: readonly number[] = [408, 429, 502, 503, 504];

/** The answer's JSON, or its text where it is something else. Fails with `TesseraApiError`, or the signal's reason. */
export async function sendRequest(connection: ConnectionOptions, outgoing: Outgoing): Promise<unknown> {
  const { retries = clientLimits.retries } = connection;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await tryOnce(connection, outgoing);
    if (answer.ok) return answer.value;
    const { problem } = answer;
    const { retryAfterMs = 0 } = problem;
    const hopeless = attempt > retries || retryAfterMs > clientLimits.retryAfterMostMs;
    if (hopeless || !mayRepeat(problem, outgoing.repeatable)) throw problem;
    await pause(Math.max(backoff(attempt), retryAfterMs), outgoing.signal);
  }
}

/** What was refused for lack of room has changed nothing, so it may be sent again whatever it is. */
function mayRepeat({ status }: TesseraApiError, repeatable: boolean): boolean {
  return status === 429 || (repeatable && (status === 0 || PASSING.includes(status)));
}

type Attempt =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: TesseraApiError };

async function tryOnce(connection: ConnectionOptions, outgoing: Outgoing): Promise<Attempt> {
  const { signal } = outgoing;
  const abort = new AbortController();
  const stop = (): void => abort.abort(signal?.reason);
  const timer = setTimeout(() => abort.abort(), connection.timeoutMs ?? clientLimits.requestMs);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  try {
    const response = await openRequest(connection, outgoing, abort.signal);
    if (!response.ok) return { ok: false, problem: await readProblem(response) };
    return { ok: true, value: await readAnswer(response) };
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    return { ok: false, problem: unreachable(connection.url, cause) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

export function unreachable(url: string, cause: unknown): TesseraApiError {
  return apiError({ status: 0, code: 'unreachable', detail: `No engine answers at ${url}.`, cause });
}

/** The answer with its body still to come. */
export async function openRequest(
  connection: ConnectionOptions,
  { method, path, query, body, headers }: Omit<Outgoing, 'repeatable'>,
  signal: AbortSignal,
): Promise<Response> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const send = connection.fetch ?? fetch;
  return await send(connection.url.replace(/\/+$/, '') + path + queryText(query), {
    method,
    signal,
    headers: {
      ...(connection.key === undefined ? {} : { authorization: `Bearer ${connection.key}` }),
      ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    // Bytes lie in memory that is theirs alone, which the types of fetch ask for.
    ...(body === undefined
      ? {}
      : { body: raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  });
}

function queryText(query: Outgoing['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

async function readAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  return /^application\/(?:[\w.]+\+)?json\b/.test(response.headers.get('content-type') ?? '')
    ? JSON.parse(text)
    : text;
}
