import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { TesseraError } from '../../errors.ts';

/** What JetStream answers to a request that it refuses. */
export interface Refusal {
  readonly err_code?: number;
  readonly description?: string;
}

/** The server's own numbers: the stream is full, or the account's or the server's storage is. */
const FULL: readonly number[] = [10_077, 10_023, 10_047, 10_076];

export function unavailable(what: string, cause?: unknown): TesseraError {
  if (cause instanceof TesseraError) return cause;
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new TesseraError('log_unavailable', `${what}${why}`, { cause });
}

/** A refusal of a publish as one of our codes. */
export function refused(what: string, { err_code = 0, description = '' }: Refusal): TesseraError {
  const code = FULL.includes(err_code) ? 'log_full' : 'log_unavailable';
  return new TesseraError(code, `${what}: ${description} (${err_code})`);
}

export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

/** The server has understood and said no. */
export function isApiError(error: unknown): boolean {
  return error instanceof JetStreamApiError;
}

/** Somebody else stored a message where none was expected. */
export function isWrongSequence({ err_code }: Refusal): boolean {
  return err_code === JetStreamApiCodes.StreamWrongLastSequence;
}
