import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';

/** One body of `POST /v1/events`. */
export interface EventBatch {
  readonly type: 'application/json' | 'application/x-ndjson';
  readonly content: string;
  /** How many indexes of the answer it takes. */
  readonly events: number;
}

/**
 * The bodies that a text goes out in: one JSON document as it is, lines of NDJSON as many as one request may hold. Bytes stay what
 * they are, because numbers that are read and written again might not. Fails with `invalid_parameter` where there is nothing.
 */
export function batchesIn(text: string): readonly EventBatch[] {
  if (text.trim() === '') throw new TesseraError('invalid_parameter', 'There is no event in it.');
  const document = parsed(text);
  if (document === undefined) return batchesOfLines(text);
  const events = Array.isArray(document) ? document.length : 1;
  return [{ type: 'application/json', content: text, events }];
}

/** Undefined where the text is not one JSON document, as NDJSON of two lines is not; the engine says what is wrong with it. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function batchesOfLines(text: string): readonly EventBatch[] {
  const batches: EventBatch[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const close = (): void => {
    if (lines.length === 0) return;
    batches.push({ type: 'application/x-ndjson', content: lines.join('\n'), events: lines.length });
    lines = [];
    bytes = 0;
  };
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const size = Buffer.byteLength(line) + 1;
    if (lines.length === limits.batchEventsMax || bytes + size > limits.bodyBytesMax) close();
    lines.push(line);
    bytes += size;
  }
  close();
  return batches;
}
