import { TesseraError } from '../errors.ts';
import { RecentSessions, ROW_HEAD } from './recent-sessions.ts';
import type { SessionCapacity, SessionParameters } from './session-parameters.ts';

/** What comes first in a snapshot, as JSON after its length. */
interface SnapshotHead {
  readonly version: number;
  readonly parameters: SessionParameters;
  readonly capacity: SessionCapacity;
  readonly next: number;
  readonly kept: number;
  readonly names: readonly string[];
  readonly free: readonly number[];
  /** Lengths of the arrays that follow, in their order. */
  readonly lengths: readonly number[];
}

const VERSION = 1;

/** The index as bytes: `readSnapshot` gives one that answers the same and goes on the same. */
export function writeSnapshot(index: RecentSessions): Uint8Array {
  const { names, free } = index.items.write();
  const lists = index.postings.write(names.length);
  const { rows, low, high } = sessionsOf(index);
  const arrays = [rows, low, high, index.sessionsWith.slice(0, names.length), lists.lengths, lists.sessions];
  const head: SnapshotHead = {
    version: VERSION,
    parameters: index.parameters,
    capacity: index.capacity,
    next: index.next,
    kept: index.sessions,
    names,
    free,
    lengths: arrays.map(({ length }) => length),
  };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.byteLength);
  return Buffer.concat([length, text, ...arrays.map(bytesOf)]);
}

/** Throws `data_format` for what `writeSnapshot` of this version has not written. */
export function readSnapshot(bytes: Uint8Array): RecentSessions {
  const { head, arrays } = parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const [rows, low, high, sessionsWith, lengths, sessions] = arrays;
  if (!(rows && low && high && sessionsWith && lengths && sessions)) throw malformed();
  const { next, kept, capacity, parameters } = head;
  const index = new RecentSessions({ parameters, capacity });
  const stride = ROW_HEAD + capacity.sessionItems;
  if (rows.length !== kept * stride || low.length !== kept || high.length !== kept) throw malformed();
  index.items.read(head);
  index.sessionsWith.set(sessionsWith);
  index.postings.read({ lengths, sessions });
  for (let n = 0; n < kept; n++) {
    const slot = (next - kept + n) & index.slotMask;
    index.rows.set(rows.subarray(n * stride, (n + 1) * stride), slot * stride);
    index.keys.set((high[n] as number) * 0x1_0000_0000 + (low[n] as number), slot);
  }
  index.resume({ next, kept });
  return index;
}

/** Rows and hashes of the sessions that are kept, oldest first. */
function sessionsOf(index: RecentSessions): Readonly<Record<'rows' | 'low' | 'high', Uint32Array>> {
  const { next, sessions: kept, slotMask, rows, keys } = index;
  const stride = ROW_HEAD + index.capacity.sessionItems;
  const found = {
    rows: new Uint32Array(kept * stride),
    low: new Uint32Array(kept),
    high: new Uint32Array(kept),
  };
  for (let n = 0; n < kept; n++) {
    const slot = (next - kept + n) & slotMask;
    found.rows.set(rows.subarray(slot * stride, (slot + 1) * stride), n * stride);
    found.low[n] = keys.low[slot] ?? 0;
    found.high[n] = keys.high[slot] ?? 0;
  }
  return found;
}

function bytesOf(array: Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function parse(bytes: Buffer): { head: SnapshotHead; arrays: readonly Uint32Array[] } {
  if (bytes.byteLength < 4) throw malformed();
  const start = 4 + bytes.readUInt32LE(0);
  if (bytes.byteLength < start) throw malformed();
  const head = headOf(bytes.toString('utf8', 4, start));
  let place = start;
  const arrays = head.lengths.map((length) => {
    const end = place + 4 * length;
    if (end > bytes.byteLength) throw malformed();
    // A copy of its own, because the bytes may begin at any address.
    const array = new Uint32Array(length);
    bytesOf(array).set(bytes.subarray(place, end));
    place = end;
    return array;
  });
  return { head, arrays };
}

function headOf(text: string): SnapshotHead {
  let head: SnapshotHead;
  try {
    // Written by `writeSnapshot`, or refused by its version.
    head = JSON.parse(text) as SnapshotHead;
  } catch (cause) {
    throw malformed(cause);
  }
  if (head.version !== VERSION) throw malformed();
  return head;
}

function malformed(cause?: unknown): TesseraError {
  return new TesseraError('data_format', 'this is no snapshot of a session index of this version', { cause });
}
