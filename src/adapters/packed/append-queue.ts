import { limits } from '../../limits.ts';
import type { Position } from '../../model/record.ts';
import { packedBytes } from './packed-message.ts';

/** One call of append that waits for its turn. */
export interface PendingAppend {
  readonly records: readonly Uint8Array[];
  /** Upper bound of what the records take in the log. */
  readonly bytes: number;
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A stretch of records of one message, and where the calls' records went. */
export interface PlannedMessage {
  readonly records: Uint8Array[];
}

export interface Plan {
  readonly messages: readonly PlannedMessage[];
  /** Per call: its records' positions, seq counted from the first planned message. */
  readonly positions: readonly (readonly Position[])[];
}

/** Upper bound of the bytes of an append: even if each record had a message of its own. */
export function appendBytes(records: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const record of records) bytes += packedBytes(1, record.byteLength);
  return bytes;
}

/**
 * Lays the records of several calls into as few messages as the limits allow. A call that fits into one message
 * is not split over two: it starts the next one instead.
 */
export function planMessages(
  appends: readonly PendingAppend[],
  firstSeq: number,
  bytesMax: number = limits.messageBytesMax,
): Plan {
  const messages: PlannedMessage[] = [];
  const positions: (readonly Position[])[] = [];
  let records: Uint8Array[] = [];
  let bytes = 0;
  const fits = (count: number, size: number): boolean =>
    count <= limits.messageRecordsMax && size <= bytesMax;
  const startMessage = (): void => {
    records = [];
    bytes = 0;
    messages.push({ records });
  };
  startMessage();
  for (const append of appends) {
    const whole = append.records.length <= limits.messageRecordsMax && append.bytes <= bytesMax;
    if (whole && records.length > 0 && !fits(records.length + append.records.length, bytes + append.bytes)) {
      startMessage();
    }
    const taken: Position[] = [];
    for (const record of append.records) {
      const size = packedBytes(1, record.byteLength);
      // A record larger than a whole message gets one of its own rather than being refused here.
      if (records.length > 0 && !fits(records.length + 1, bytes + size)) startMessage();
      taken.push({ seq: firstSeq + messages.length - 1, index: records.length });
      records.push(record);
      bytes += size;
    }
    positions.push(taken);
  }
  return { messages, positions };
}
