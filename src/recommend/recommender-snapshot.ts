import { TesseraError } from '../errors.ts';
import type { RecentSessions, RecentSessionsOptions } from './recent-sessions.ts';
import { DEFAULT_CAPACITY, DEFAULT_PARAMETERS } from './session-parameters.ts';
import { readSnapshot, writeSnapshot } from './session-snapshot.ts';
import type { TrendingState } from './trending-counters.ts';

export interface RecommenderParts {
  readonly sessions: RecentSessions;
  readonly baskets: RecentSessions;
  readonly trending: TrendingState;
}

/** What comes first, as JSON after its length: the lengths of the two indexes that follow, and what trends. */
interface Head {
  readonly version: number;
  readonly sessions: number;
  readonly baskets: number;
  readonly trending: TrendingState;
}

const VERSION = 1;
const LENGTH_BYTES = 4;

export function writeParts({ sessions, baskets, trending }: RecommenderParts): Uint8Array {
  const parts = [writeSnapshot(sessions), writeSnapshot(baskets)] as const;
  const head: Head = {
    version: VERSION,
    sessions: parts[0].byteLength,
    baskets: parts[1].byteLength,
    trending,
  };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.byteLength);
  return Buffer.concat([length, text, ...parts]);
}

/** Throws `data_format` for what `writeParts` of this version has not written. */
export function readParts(bytes: Uint8Array): RecommenderParts {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.byteLength < LENGTH_BYTES) throw malformed();
  const start = LENGTH_BYTES + buffer.readUInt32LE(0);
  if (buffer.byteLength < start) throw malformed();
  const { sessions, baskets, trending } = headOf(buffer.toString('utf8', LENGTH_BYTES, start));
  if (buffer.byteLength !== start + sessions + baskets) throw malformed();
  return {
    sessions: readSnapshot(buffer.subarray(start, start + sessions)),
    baskets: readSnapshot(buffer.subarray(start + sessions)),
    trending,
  };
}

function headOf(text: string): Head {
  let head: Head;
  try {
    // Written by `writeParts`, or refused by its version.
    head = JSON.parse(text) as Head;
  } catch (cause) {
    throw malformed(cause);
  }
  if (head.version !== VERSION) throw malformed();
  return head;
}

/** An index that was made by other settings would go on by those. */
export function checkSameSettings(
  index: RecentSessions,
  { parameters, capacity }: RecentSessionsOptions,
): void {
  const wanted = { ...DEFAULT_PARAMETERS, ...parameters, ...DEFAULT_CAPACITY, ...capacity };
  const known: Readonly<Record<string, unknown>> = { ...index.parameters, ...index.capacity };
  for (const [name, value] of Object.entries(wanted)) if (known[name] !== value) throw malformed();
}

function malformed(cause?: unknown): TesseraError {
  return new TesseraError(
    'data_format',
    'this is no snapshot of recommendations of this version and settings',
    {
      cause,
    },
  );
}
