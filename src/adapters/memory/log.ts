import { crc32 } from 'node:zlib';
import { assert, TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Position } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log, LogMessage, LogStats, Replacement } from '../../ports/log.ts';

export interface MemoryLogOptions {
  readonly clock: Clock;
  readonly maxBytes?: number;
}

/** A log for tests and the simulation: same meaning, with faults on request. */
export interface MemoryLog extends Log {
  read(afterSeq: number, max: number): readonly LogMessage[];
  /** The next append fails: before it took effect, or after (the acknowledgement is lost). */
  failNextAppend(when: 'before' | 'after'): void;
  /** Forgets all messages after `seq`, as a medium without flushes would in a power cut. */
  loseTail(seq: number): void;
  /** Another handle on the same messages, as a process has that starts anew. */
  reopen(options?: MemoryLogOptions): MemoryLog;
}

interface Storage {
  readonly messages: Map<number, LogMessage>;
  readonly listeners: Set<() => void>;
  firstSeq: number;
  lastSeq: number;
  lastAppendedAt: EpochMs;
  lastDigest: number;
  bytes: number;
}

export function createMemoryLog(options: MemoryLogOptions): MemoryLog {
  return new MapLog(options, {
    messages: new Map(),
    listeners: new Set(),
    firstSeq: 1,
    lastSeq: 0,
    lastAppendedAt: 0,
    lastDigest: 0,
    bytes: 0,
  });
}

class MapLog implements MemoryLog {
  readonly #options: MemoryLogOptions;
  readonly #storage: Storage;
  #fault: 'before' | 'after' | undefined;
  #closed = false;

  constructor(options: MemoryLogOptions, storage: Storage) {
    this.#options = options;
    this.#storage = storage;
  }

  /** Takes effect at once; every call is a message of its own. */
  async append(records: readonly Uint8Array[]): Promise<readonly Position[]> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (this.#closed) throw new TesseraError('log_unavailable', 'the log is closed');
    if (fault === 'before') throw new TesseraError('log_unavailable', 'the append was told to fail');
    const bytes = sizeOf(records);
    if (this.#storage.bytes + bytes > (this.#options.maxBytes ?? limits.logBytesMax)) {
      throw new TesseraError('log_full', 'the log would exceed its size');
    }
    const positions: Position[] = [];
    for (const message of split(records)) this.#store(message, positions);
    if (records.length > 0) for (const listener of this.#storage.listeners) listener();
    if (fault === 'after')
      throw new TesseraError('log_unavailable', 'the acknowledgement was told to get lost');
    return positions;
  }

  read(afterSeq: number, max: number): readonly LogMessage[] {
    const found: LogMessage[] = [];
    for (let seq = Math.max(afterSeq + 1, this.#storage.firstSeq); found.length < max; seq += 1) {
      const message = this.#storage.messages.get(seq);
      if (message === undefined) break;
      found.push(message);
    }
    return found;
  }

  subscribe(listener: () => void): () => void {
    this.#storage.listeners.add(listener);
    return () => {
      this.#storage.listeners.delete(listener);
    };
  }

  stats(): LogStats {
    const { firstSeq, lastSeq, bytes } = this.#storage;
    return { firstSeq, lastSeq, bytes };
  }

  async trim(seq: number): Promise<void> {
    const storage = this.#storage;
    while (storage.firstSeq <= Math.min(seq, storage.lastSeq)) {
      this.#drop(storage.firstSeq);
      storage.firstSeq += 1;
    }
  }

  async rewrite(replacements: readonly Replacement[]): Promise<void> {
    if (this.#closed) throw new TesseraError('log_unavailable', 'the log is closed');
    const storage = this.#storage;
    for (const { seq, records } of replacements) {
      assert(seq < storage.lastSeq, 'something follows a message that is replaced');
      const message = storage.messages.get(seq);
      if (message === undefined) continue;
      assert(records.length === message.records.length, 'a message keeps the number of its records');
      storage.bytes += sizeOf(records) - sizeOf(message.records);
      storage.messages.set(seq, { ...message, records: records.map((record) => new Uint8Array(record)) });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  failNextAppend(when: 'before' | 'after'): void {
    this.#fault = when;
  }

  loseTail(seq: number): void {
    const storage = this.#storage;
    while (storage.lastSeq > seq) {
      this.#drop(storage.lastSeq);
      storage.lastSeq -= 1;
    }
    storage.lastDigest = storage.messages.get(storage.lastSeq)?.digest ?? 0;
  }

  reopen(options = this.#options): MemoryLog {
    return new MapLog(options, this.#storage);
  }

  #store(records: readonly Uint8Array[], positions: Position[]): void {
    const storage = this.#storage;
    const seq = storage.lastSeq + 1;
    const appendedAt = Math.max(this.#options.clock.now(), storage.lastAppendedAt);
    const copies = records.map((record) => new Uint8Array(record));
    let digest = crc32(`${storage.lastDigest} ${seq} ${appendedAt} ${records.length}`);
    for (const copy of copies) digest = crc32(copy, digest);
    storage.messages.set(seq, { seq, appendedAt, records: copies, digest });
    storage.lastSeq = seq;
    storage.lastAppendedAt = appendedAt;
    storage.lastDigest = digest;
    storage.bytes += sizeOf(records);
    for (let index = 0; index < records.length; index += 1) positions.push({ seq, index });
  }

  #drop(seq: number): void {
    const message = this.#storage.messages.get(seq);
    if (message === undefined) return;
    this.#storage.messages.delete(seq);
    this.#storage.bytes -= sizeOf(message.records);
  }
}

function sizeOf(records: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const record of records) bytes += record.byteLength;
  return bytes;
}

/** Messages within the limits; a record larger than a whole message gets one of its own. */
function split(records: readonly Uint8Array[]): readonly Uint8Array[][] {
  const messages: Uint8Array[][] = [];
  let current: Uint8Array[] = [];
  let bytes = 0;
  for (const record of records) {
    const full =
      current.length >= limits.messageRecordsMax || bytes + record.byteLength > limits.messageBytesMax;
    if (current.length === 0 || full) {
      current = [];
      bytes = 0;
      messages.push(current);
    }
    current.push(record);
    bytes += record.byteLength;
  }
  return messages;
}
