import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { SpilledRange } from '../model/spool-cursor.ts';
import type { Log } from '../ports/log.ts';
import type { SpoolEntry } from '../ports/state.ts';

/** Before the bytes: n in eight bytes, the number of the part and how many there are, two each. */
const HEADER_BYTES = 12;

/** The records of one entry: as many parts as its size asks for. */
export function packEntry({ n, bytes }: SpoolEntry): Buffer[] {
  const parts = Math.max(1, Math.ceil(bytes.byteLength / limits.spillPartBytes));
  const records: Buffer[] = [];
  for (let part = 0; part < parts; part += 1) {
    const slice = bytes.subarray(part * limits.spillPartBytes, (part + 1) * limits.spillPartBytes);
    const record = Buffer.allocUnsafe(HEADER_BYTES + slice.byteLength);
    record.writeBigUInt64BE(BigInt(n), 0);
    record.writeUInt16BE(part, 8);
    record.writeUInt16BE(parts, 10);
    record.set(slice, HEADER_BYTES);
    records.push(record);
  }
  return records;
}

/** Reads entries out of the messages of a range, going on where the last reading ended. */
export class SpilledEntries {
  readonly #log: Log;
  /** Entry n ends in this message. */
  #last: { readonly n: number; readonly seq: number } = { n: 0, seq: 0 };

  constructor(log: Log) {
    this.#log = log;
  }

  /** Entries of the range with n > after, at least one where there is one; not many more bytes than `maxBytes`. */
  async read(range: SpilledRange, after: number, maxBytes: number): Promise<readonly SpoolEntry[]> {
    const found: SpoolEntry[] = [];
    let parts: Uint8Array[] = [];
    let bytes = 0;
    let seq = this.#startOf(range, after);
    while (seq <= range.toSeq) {
      const messages = await this.#log.read(seq - 1, limits.spillReadMessages);
      if (messages[0]?.seq !== seq) break;
      for (const message of messages) {
        if (message.seq > range.toSeq) break;
        seq = message.seq + 1;
        for (const record of message.records) {
          const { n, part, count } = headerOf(record);
          if (n <= after || n > range.last) continue;
          if (part === 0) parts = [];
          parts.push(record.subarray(HEADER_BYTES));
          if (parts.length < count) continue;
          found.push({ n, bytes: parts.length === 1 ? record.subarray(HEADER_BYTES) : Buffer.concat(parts) });
          bytes += found.at(-1)?.bytes.byteLength ?? 0;
          this.#last = { n, seq: message.seq };
          if (bytes >= maxBytes || n === range.last) return found;
        }
      }
    }
    throw new TesseraError('log_corrupt', `the spill log lost entries up to ${range.last}`);
  }

  #startOf({ fromSeq, toSeq }: SpilledRange, after: number): number {
    const { n, seq } = this.#last;
    return n === after && seq >= fromSeq && seq <= toSeq ? seq : fromSeq;
  }
}

function headerOf(record: Uint8Array): { readonly n: number; readonly part: number; readonly count: number } {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  return { n: Number(view.getBigUint64(0)), part: view.getUint16(8), count: view.getUint16(10) };
}
