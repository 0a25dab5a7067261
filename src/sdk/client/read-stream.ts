import { clientLimits } from './client-limits.ts';
import { backoff, pause } from './pause.ts';
import { type ConnectionOptions, type Outgoing, openRequest, unreachable } from './send-request.ts';
import { parseFrames, type StreamFrame } from './stream-frames.ts';
import { readProblem, TesseraApiError } from './tessera-api-error.ts';

export interface StreamOptions {
  /** Go on after this message. */
  readonly lastEventId?: string;
  readonly signal?: AbortSignal;
}

/** A message of a stream. `gap` says that messages may be missing before this place. */
export interface StreamMessage<Data> {
  /** To be given as `lastEventId` to go on from here, also after a restart of this program. */
  readonly id: string;
  readonly event: string;
  readonly data: Data;
}

type StreamRequest = Pick<Outgoing, 'path' | 'query'>;

/**
 * The messages of a stream without end, over as many connections as it takes: a broken one is opened again after the last
 * message that was handed out, so that none is missed or comes twice. Ends when the signal says so; fails with
 * `TesseraApiError` on what waiting does not mend, such as a wrong key.
 */
export async function* readStream<Data>(
  connection: ConnectionOptions,
  request: StreamRequest,
  options: StreamOptions = {},
): AsyncGenerator<StreamMessage<Data>, void, undefined> {
  const { signal } = options;
  let last = options.lastEventId;
  for (let failures = 1; !isStopped(signal); failures += 1) {
    try {
      for await (const frame of readConnection(connection, withResume(request, last), signal)) {
        failures = 1;
        if (frame.id !== '') last = frame.id;
        // The engine's own words, as the document describes them.
        yield { id: last ?? '', event: frame.event, data: JSON.parse(frame.data) as Data };
      }
    } catch (error) {
      if (isStopped(signal)) return;
      if (isFinal(error)) throw error;
      const asked = error instanceof TesseraApiError ? (error.retryAfterMs ?? 0) : 0;
      await waitUnlessStopped(Math.max(backoff(failures), asked), signal);
      continue;
    }
    await waitUnlessStopped(backoff(failures), signal);
  }
}

function withResume(request: StreamRequest, last: string | undefined): Omit<Outgoing, 'repeatable'> {
  return { ...request, method: 'GET', ...(last === undefined ? {} : { headers: { 'last-event-id': last } }) };
}

/** Asked anew each time: it changes while a stream is read. */
function isStopped(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function isFinal(error: unknown): boolean {
  if (!(error instanceof TesseraApiError)) return false;
  return error.status >= 400 && error.status < 500 && error.status !== 429 && error.status !== 408;
}

async function waitUnlessStopped(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(ms, signal);
  } catch (error) {
    if (!isStopped(signal)) throw error;
  }
}

/** The messages of one connection, which ends in silence, by the engine, or by the signal. */
async function* readConnection(
  connection: ConnectionOptions,
  request: Omit<Outgoing, 'repeatable'>,
  signal: AbortSignal | undefined,
): AsyncGenerator<StreamFrame, void, undefined> {
  const abort = new AbortController();
  const stop = (): void => abort.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  let silence = setTimeout(stop, clientLimits.streamSilenceMs);
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(stop, clientLimits.streamSilenceMs);
  };
  try {
    const response = await openRequest(connection, request, abort.signal);
    if (!response.ok) throw await readProblem(response);
    if (response.body === null) throw unreachable(connection.url, undefined);
    yield* parseFrames(readChunks(response.body, heard));
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', stop);
    abort.abort();
  }
}

async function* readChunks(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    yield decoder.decode(value, { stream: true });
  }
}
