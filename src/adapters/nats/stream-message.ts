import { crc32 } from 'node:zlib';
import type { EpochMs } from '../../model/time.ts';
import type { LogMessage } from '../../ports/log.ts';
import { readAppendedAt, UNCHAINED, unpackMessage } from '../packed/packed-message.ts';

/** Where the server stored a message, and when, as it says with every delivery. */
export interface Delivery {
  readonly seq: number;
  /** Nanoseconds since the epoch, by the clock of the stream's leader. */
  readonly storedAt: bigint;
}

/**
 * Reads the address that a delivered message carries for its acknowledgement:
 * `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<nanoseconds>.<pending>`, with a domain and an
 * account behind `ACK`, and sometimes a word at the end, where servers are linked. Undefined for anything else.
 */
export function parseDelivery(reply: string | undefined): Delivery | undefined {
  if (reply === undefined || !reply.startsWith('$JS.ACK.')) return undefined;
  const words = reply.split('.');
  const first = words.length > 9 ? 4 : 2;
  const [seq, storedAt] = [words[first + 3], words[first + 5]];
  if (seq === undefined || storedAt === undefined) return undefined;
  return { seq: Number(seq), storedAt: BigInt(storedAt) };
}

/**
 * Several appenders write to a stream at once, so a message cannot name the one before it. Its digest holds the place
 * and the nanosecond of its storing instead: after a lost tail another message stands there, or the same records again
 * at another time. Messages of the past cannot be changed one by one; a missing one is noticed by its number.
 *
 * `appendedAt` is the appender's clock and part of the message. The server's own time would not do: a space may live
 * at another time than its servers (an engine started for a demonstration of last year), and it steps back as well
 * where a leader with a slower clock takes over. Each appender never steps back behind itself or behind what it found;
 * between appenders of several nodes clocks differ. So it is a function of the message alone, the same for every reader
 * and every replay, from wherever they start; who needs a time that never steps back keeps the highest so far with its
 * own position.
 */
export function readStreamMessage({ seq, storedAt }: Delivery, data: Uint8Array): LogMessage {
  const packed = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const { message } = unpackMessage(packed, seq, UNCHAINED);
  const place = Buffer.allocUnsafe(16);
  place.writeDoubleLE(seq, 0);
  place.writeBigInt64LE(storedAt, 8);
  return {
    seq,
    appendedAt: message.appendedAt,
    records: message.records,
    digest: crc32(place, message.digest),
  };
}

/** The same nanosecond as a delivery names, out of the text that a message comes with when it is asked for by itself. */
export function storedAtOf({ timestamp }: { readonly timestamp: string }): bigint {
  const [whole = '', fraction = ''] = timestamp.replace(/Z$/, '').split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** The time of a message out of its header alone; 0 for what is none of ours. */
export function appendedAtOf(data: Uint8Array): EpochMs {
  const packed = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return readAppendedAt(packed) ?? 0;
}
