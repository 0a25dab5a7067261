import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Answer, readAnswer, readProblem } from './answer.ts';

export interface EngineClientOptions {
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  /** Waits between tries; tests bring their own. */
  readonly delay?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined;
  readonly onRetry?: ((reason: string, tries: number) => void) | undefined;
}

export interface Delivered {
  readonly answer: Answer;
  /** Above 1 the engine may have seen the events before: then it calls them duplicates. */
  readonly tries: number;
}

type Attempt =
  | { readonly done: Answer }
  | { readonly again: string; readonly retryAfter: string | undefined };

const RETRYABLE_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);
/** The engine is gone, going, or not there yet. A wrong host name or address is not among them. */
const RETRYABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * Sends batches to a running engine and sends them again until it has acknowledged them. A repeated batch has
 * the same bytes: the engine recognizes what it already has, so trying again cannot count anything twice.
 */
export class EngineClient {
  readonly #options: EngineClientOptions;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Record<string, string>;
  readonly #stopped = new AbortController();

  constructor(options: EngineClientOptions) {
    const url = parseUrl(options.url);
    this.#options = options;
    this.#path = `${url.pathname.replace(/\/+$/, '')}/v1/events`;
    this.#headers = {
      authorization: `Bearer ${options.key}`,
      'content-type': 'application/x-ndjson',
      // Whoever stands at a till comes first.
      'x-tessera-priority': 'low',
    };
    this.#pool = new Pool(url.origin, {
      connections: limits.importRequestsInFlight,
      pipelining: 1,
      headersTimeout: limits.importAnswerTimeoutMs,
      bodyTimeout: limits.importAnswerTimeoutMs,
    });
  }

  /** Resolves when the engine has acknowledged the events. Fails when it never will, or not within all tries. */
  async send(body: Buffer, events: number, wait: boolean): Promise<Delivered> {
    let backoffMs: number = limits.importRetryFirstMs;
    let reason = '';
    for (let tries = 1; tries <= limits.importRetriesMax + 1; tries += 1) {
      const attempt = await this.#attempt(body, events, wait);
      if ('done' in attempt) return { answer: attempt.done, tries };
      reason = attempt.again;
      this.#options.onRetry?.(reason, tries);
      const delay = this.#options.delay ?? sleepUnlessStopped;
      await delay(this.#afterMs(attempt.retryAfter) ?? backoffMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) break;
      backoffMs = Math.min(backoffMs * 2, limits.importRetryMaxMs);
    }
    throw new TesseraError('import_failed', `The engine did not take the events (${reason}). ${RUN_AGAIN}`);
  }

  /** Gives up what is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#pool.destroy();
  }

  async #attempt(body: Buffer, events: number, wait: boolean): Promise<Attempt> {
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path: wait ? `${this.#path}?wait=applied` : this.#path,
        headers: this.#headers,
        body,
      });
      const text = await response.body.text();
      if (response.statusCode === 200 || response.statusCode === 202)
        return { done: readAnswer(text, events) };
      if (!RETRYABLE_STATUS.has(response.statusCode)) throw refused(response.statusCode, text);
      const header = response.headers['retry-after'];
      return {
        again: `it answers ${response.statusCode} ${readProblem(text).code ?? ''}`.trim(),
        retryAfter: Array.isArray(header) ? header[0] : header,
      };
    } catch (error) {
      if (error instanceof TesseraError) throw error;
      const code = codeOf(error);
      if (!RETRYABLE_CODES.has(code)) {
        throw new TesseraError('import_failed', `${this.#options.url} cannot be reached (${code}).`, {
          cause: error,
        });
      }
      return { again: code, retryAfter: undefined };
    }
  }

  /** Seconds or a date, as HTTP has it; bounded, since a wrong clock must not stop the import for a year. */
  #afterMs(header: string | undefined): number | undefined {
    if (header === undefined) return undefined;
    const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - this.#options.clock.now();
    return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), limits.importRetryAfterMaxMs);
  }
}

const RUN_AGAIN = 'Run the same command again: it goes on where it stopped.';

async function sleepUnlessStopped(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new TesseraError(
    'invalid_parameter',
    `${text} is not the address of an engine, such as http://127.0.0.1:8080.`,
  );
}

function refused(status: number, text: string): TesseraError {
  const { code, detail } = readProblem(text);
  const why = `${status}${code === undefined ? '' : ` ${code}`}: ${detail}`;
  if (status === 401) {
    return new TesseraError(
      'unauthorized',
      `The engine does not know the key (${why}). Give a secret key by --key or TESSERA_SECRET_KEY.`,
    );
  }
  if (status === 403) {
    return new TesseraError(
      'forbidden',
      `The key may not import (${why}). It needs to be a secret key with scope ingest.`,
    );
  }
  if (status === 404)
    return new TesseraError('import_failed', `No engine answers at this address (${why}). Check --url.`);
  return new TesseraError(
    'import_failed',
    `The engine refuses the request (${why}). Sending it again would not help.`,
  );
}

function codeOf(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : String(error);
}
