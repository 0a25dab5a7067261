import { isJsonObject, type JsonObject } from '../model/json.ts';
import { RecentSessions, ROW_HEAD } from './recent-sessions.ts';
import type { SessionCapacity, SessionParameters } from './session-parameters.ts';
import { jsonPart, malformed, type PartReader, textParts, wordParts } from './snapshot-parts.ts';

/** What comes first in a snapshot. */
interface SnapshotHead {
  readonly version: number;
  readonly parameters: SessionParameters;
  readonly capacity: SessionCapacity;
  readonly next: number;
  readonly kept: number;
  readonly free: readonly number[];
}

const VERSION = 2;

/** The index, part by part: `readSessions` gives one that answers the same and goes on the same. */
export function* sessionParts(index: RecentSessions): Iterable<Uint8Array> {
  const { parameters, capacity, next, sessions: kept, sessionsWith, postings } = index;
  const { names, free } = index.items.write();
  const head: SnapshotHead = { version: VERSION, parameters, capacity, next, kept, free };
  yield jsonPart(head);
  yield* textParts(names);
  const stride = ROW_HEAD + capacity.sessionItems;
  yield* wordParts(kept * stride, inOrder(index, index.rows, stride));
  yield* wordParts(kept * 2, inOrder(index, index.keys.hashes, 2));
  yield* wordParts(names.length, [sessionsWith.subarray(0, names.length)]);
  const lengths = postings.lengths(names.length);
  yield* wordParts(names.length, [lengths]);
  let cells = 0;
  for (const length of lengths) cells += length;
  yield* wordParts(cells, postings.lists(names.length));
}

/** What is kept of the ring of slots, oldest first. */
function* inOrder(
  { next, sessions: kept, slotMask }: RecentSessions,
  words: Uint32Array,
  each: number,
): Iterable<Uint32Array> {
  const slots = slotMask + 1;
  const from = (next - kept) & slotMask;
  const whole = Math.min(kept, slots - from);
  yield words.subarray(from * each, (from + whole) * each);
  yield words.subarray(0, (kept - whole) * each);
}

/** Throws `data_format` for what `sessionParts` of this version has not written. */
export function readSessions(reader: PartReader): RecentSessions {
  const { next, kept, capacity, parameters, free } = headOf(reader.json());
  const names = reader.texts();
  const [rows, hashes, sessionsWith] = [reader.words(), reader.words(), reader.words()];
  const [lengths, sessions] = [reader.words(), reader.words()];
  const stride = ROW_HEAD + capacity.sessionItems;
  const fits = rows.length === kept * stride && hashes.length === kept * 2;
  if (!fits || sessionsWith.length !== names.length || lengths.length !== names.length) throw malformed();
  const index = new RecentSessions({ parameters, capacity });
  index.items.read({ names, free });
  index.sessionsWith.set(sessionsWith);
  index.postings.read({ lengths, sessions });
  for (let n = 0; n < kept; n++) {
    const slot = (next - kept + n) & index.slotMask;
    index.rows.set(rows.subarray(n * stride, (n + 1) * stride), slot * stride);
    index.keys.set((hashes[2 * n + 1] as number) * 0x1_0000_0000 + (hashes[2 * n] as number), slot);
  }
  index.resume({ next, kept });
  return index;
}

function headOf(head: unknown): SnapshotHead {
  if (!isJsonObject(head as JsonObject) || (head as JsonObject).version !== VERSION) throw malformed();
  // Written by `sessionParts` of this version.
  return head as SnapshotHead;
}
