import { createHash } from 'node:crypto';
import { TesseraError } from '../errors.ts';
import { isJsonObject } from '../model/json.ts';
import type { LogGapsContent } from './log-gaps.ts';

/** Where the snapshot lies; a file of this node. */
export interface SnapshotPlace {
  /** Undefined where there is none. */
  read(): Promise<Uint8Array | undefined>;
  /** Takes the place of what was there, wholly or not at all. */
  write(parts: Iterable<Uint8Array>): Promise<void>;
}

export interface RecommenderSnapshot extends LogGapsContent {
  /** What it belongs to: the space and the master key that founded it. */
  readonly deployment: string;
  readonly orders: readonly number[];
  /** What was learned, as the recommender writes it. */
  readonly learned: Uint8Array;
}

const VERSION = 1;
const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;

/** What a snapshot is made of: as a recommender has it, what was learned comes part by part. */
export interface SnapshotContent extends Omit<RecommenderSnapshot, 'learned'> {
  readonly learned: Iterable<Uint8Array>;
}

/** The length of the head, the head as JSON, what was learned, and a SHA-256 over all of it. */
export function* packSnapshot({ learned, ...head }: SnapshotContent): Iterable<Uint8Array> {
  const text = Buffer.from(JSON.stringify({ version: VERSION, ...head }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.byteLength);
  const hash = createHash('sha256').update(length).update(text);
  yield Buffer.concat([length, text]);
  for (const part of learned) {
    hash.update(part);
    yield part;
  }
  yield hash.digest();
}

/** Throws `data_format` for what `packSnapshot` of this version has not written, or what has changed since. */
export function unpackSnapshot(bytes: Uint8Array): RecommenderSnapshot {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = all.byteLength - DIGEST_BYTES;
  if (end < LENGTH_BYTES) throw malformed('it is too short');
  if (!createHash('sha256').update(all.subarray(0, end)).digest().equals(all.subarray(end)))
    throw malformed('its bytes have changed');
  const from = LENGTH_BYTES + all.readUInt32LE();
  if (from > end) throw malformed('it is too short');
  const head: unknown = JSON.parse(all.toString('utf8', LENGTH_BYTES, from));
  if (!isJsonObject(head) || head.version !== VERSION) throw malformed('another version wrote it');
  const { deployment, reached, gaps, orders } = head;
  const lists = Array.isArray(reached) && Array.isArray(gaps) && Array.isArray(orders);
  if (typeof deployment !== 'string' || !lists) throw malformed('its head is incomplete');
  // The digest says that `packSnapshot` has written it.
  return { ...(head as unknown as Omit<RecommenderSnapshot, 'learned'>), learned: all.subarray(from, end) };
}

function malformed(what: string): TesseraError {
  return new TesseraError(
    'data_format',
    `the snapshot of what recommendations have learned is not one: ${what}`,
  );
}
