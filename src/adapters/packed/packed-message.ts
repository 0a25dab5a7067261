import { crc32 } from 'node:zlib';
import { TesseraError } from '../../errors.ts';
import type { EpochMs } from '../../model/time.ts';
import type { LogMessage } from '../../ports/log.ts';

/*
 * Binary form of one log message, little endian:
 *
 *   0  u32  magic "TSLG"              20  f64  appendedAt, epoch ms
 *   4  u16  format version            28  f64  bytes of the log before this message, since its first
 *   6  u16  reserved, 0               36  u32  digest of the previous message
 *   8  u32  number of records         40  u32  digest: CRC-32 of the bytes 0..40 and of the table
 *  12  f64  seq                       44  table: per record u32 length, u32 CRC-32; then the records
 *
 * A message whose records were replaced has format 2: the digest is the one that it had before, so that the chain and all
 * who remember it stay right, and a checksum of its own (u32, of the bytes 0..44 and of the table) follows it at 44.
 *
 * The table stands before the records so that each payload byte is summed once: the digest covers the records'
 * CRCs, and through the previous digest everything before. So equal digests mean equal histories, and a message
 * that belongs elsewhere is noticed.
 */

const MAGIC = 0x474c_5354;
const FORMAT = 1;
const REWRITTEN = 2;
const HEADER_BYTES = 44;
const REWRITTEN_HEADER_BYTES = 48;
const ENTRY_BYTES = 8;

/** The number, offset and previous digest of a message whose place in the log others decide. */
export const UNCHAINED = 0;

export interface MessageHeader {
  readonly seq: number;
  readonly appendedAt: EpochMs;
  /** Bytes of all earlier messages: the difference of two of these is the size of a stretch of the log. */
  readonly offset: number;
  readonly previousDigest: number;
}

export interface StoredMessage {
  readonly header: MessageHeader;
  readonly message: LogMessage;
  readonly bytes: number;
}

/** Bytes that a message of these records takes. */
export function packedBytes(records: number, payloadBytes: number): number {
  return HEADER_BYTES + records * ENTRY_BYTES + payloadBytes;
}

/**
 * Copies the records into one buffer for the medium. The message keeps the callers' own objects: who encoded a
 * record in this process can then recognize it when it comes back, and need not parse it again.
 */
export function packMessage(
  header: MessageHeader,
  records: readonly Uint8Array[],
): { readonly packed: Buffer; readonly message: LogMessage } {
  const packed = frame(header, records, FORMAT);
  const digest = digestOf(packed, records.length);
  packed.writeUInt32LE(digest, 40);
  const message = { seq: header.seq, appendedAt: header.appendedAt, records, digest };
  return { packed, message };
}

/** Other records in the place of a message, which keeps its digest. */
export function packRewritten(
  header: MessageHeader,
  records: readonly Uint8Array[],
  digest: number,
): { readonly packed: Buffer; readonly message: LogMessage } {
  const packed = frame(header, records, REWRITTEN);
  packed.writeUInt32LE(digest, 40);
  packed.writeUInt32LE(ownChecksum(packed, records.length), HEADER_BYTES);
  return { packed, message: { seq: header.seq, appendedAt: header.appendedAt, records, digest } };
}

/** Everything but the sums over the whole. */
function frame(header: MessageHeader, records: readonly Uint8Array[], format: number): Buffer {
  let payload = 0;
  for (const record of records) payload += record.byteLength;
  const tableAt = headerBytes(format);
  const packed = Buffer.allocUnsafeSlow(tableAt + records.length * ENTRY_BYTES + payload);
  packed.writeUInt32LE(MAGIC, 0);
  packed.writeUInt16LE(format, 4);
  packed.writeUInt16LE(0, 6);
  packed.writeUInt32LE(records.length, 8);
  packed.writeDoubleLE(header.seq, 12);
  packed.writeDoubleLE(header.appendedAt, 20);
  packed.writeDoubleLE(header.offset, 28);
  packed.writeUInt32LE(header.previousDigest, 36);

  let entry = tableAt;
  let start = tableAt + records.length * ENTRY_BYTES;
  for (const record of records) {
    packed.set(record, start);
    packed.writeUInt32LE(record.byteLength, entry);
    packed.writeUInt32LE(crc32(record), entry + 4);
    entry += ENTRY_BYTES;
    start += record.byteLength;
  }
  return packed;
}

/**
 * Checks everything; the records are views of `packed`. Fails with `log_corrupt`, naming `seq`. Where the log itself
 * gives out the numbers the header cannot know its own, and holds `UNCHAINED` instead.
 */
export function unpackMessage(packed: Buffer, seq: number, inHeader = seq): StoredMessage {
  const count = checkFrame(packed, seq);
  const digest = packed.readUInt32LE(40);
  const tableAt = headerBytes(packed.readUInt16LE(4));
  const intact =
    tableAt === HEADER_BYTES
      ? digest === digestOf(packed, count)
      : packed.readUInt32LE(HEADER_BYTES) === ownChecksum(packed, count);
  if (!intact) throw corrupt(seq, 'its digest does not match');
  const header = readHeader(packed);
  if (header.seq !== inHeader) throw corrupt(seq, `it says that it is ${header.seq}`);

  const records: Uint8Array[] = [];
  let entry = tableAt;
  let start = tableAt + count * ENTRY_BYTES;
  for (let index = 0; index < count; index += 1) {
    const end = start + packed.readUInt32LE(entry);
    if (end > packed.byteLength) throw corrupt(seq, `record ${index} is cut off`);
    const record = packed.subarray(start, end);
    if (crc32(record) !== packed.readUInt32LE(entry + 4)) {
      throw corrupt(seq, `record ${index} fails its checksum`);
    }
    records.push(record);
    entry += ENTRY_BYTES;
    start = end;
  }
  if (start !== packed.byteLength) throw corrupt(seq, 'bytes follow its last record');
  const message = { seq, appendedAt: header.appendedAt, records, digest };
  return { header, message, bytes: packed.byteLength };
}

/** The time in the header, without checking the rest; undefined for what is no message. */
export function readAppendedAt(packed: Buffer): EpochMs | undefined {
  const isMessage = packed.byteLength >= HEADER_BYTES && packed.readUInt32LE(0) === MAGIC;
  return isMessage ? packed.readDoubleLE(20) : undefined;
}

function checkFrame(packed: Buffer, seq: number): number {
  if (packed.byteLength < HEADER_BYTES || packed.readUInt32LE(0) !== MAGIC) {
    throw corrupt(seq, 'it is not a message');
  }
  const format = packed.readUInt16LE(4);
  // The format of the whole directory was checked when it was opened, so another one here is damage.
  if (format !== FORMAT && format !== REWRITTEN) throw corrupt(seq, `it says that its format is ${format}`);
  const count = packed.readUInt32LE(8);
  if (headerBytes(format) + count * ENTRY_BYTES > packed.byteLength)
    throw corrupt(seq, 'its table is cut off');
  return count;
}

function readHeader(packed: Buffer): MessageHeader {
  return {
    seq: packed.readDoubleLE(12),
    appendedAt: packed.readDoubleLE(20),
    offset: packed.readDoubleLE(28),
    previousDigest: packed.readUInt32LE(36),
  };
}

function digestOf(packed: Buffer, count: number): number {
  const table = packed.subarray(HEADER_BYTES, HEADER_BYTES + count * ENTRY_BYTES);
  return crc32(table, crc32(packed.subarray(0, 40)));
}

function ownChecksum(packed: Buffer, count: number): number {
  const table = packed.subarray(REWRITTEN_HEADER_BYTES, REWRITTEN_HEADER_BYTES + count * ENTRY_BYTES);
  return crc32(table, crc32(packed.subarray(0, HEADER_BYTES)));
}

function headerBytes(format: number): number {
  return format === REWRITTEN ? REWRITTEN_HEADER_BYTES : HEADER_BYTES;
}

export function corrupt(seq: number, why: string): TesseraError {
  return new TesseraError('log_corrupt', `log message ${seq}: ${why}`);
}
