import type { Database } from 'lmdb';
import { assert, TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Position } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log, LogMessage, LogStats, Replacement } from '../../ports/log.ts';
import { appendBytes, type PendingAppend, planMessages } from '../packed/append-queue.ts';
import { GroupCommit } from '../packed/group-commit.ts';
import { MessageTail } from '../packed/message-tail.ts';
import { corrupt, packMessage, packRewritten, unpackMessage } from '../packed/packed-message.ts';
import type { Environment } from './environment.ts';

/*
 * An event log on LMDB: one entry per packed message, key = seq.
 *
 * One transaction per group of appends (`GroupCommit`), as few messages as the limits allow.
 *
 * Invariant: `#end` describes the last durable message. It moves only after the transaction that contains it
 * was flushed, so nothing that could still be lost is ever read, acknowledged or announced.
 */

export interface LogOptions {
  readonly clock: Clock;
  /** Appends that would exceed this are refused with `log_full`; default `limits.logBytesMax`. */
  readonly maxBytes?: number;
}

/** Where the log ends. */
interface End {
  readonly seq: number;
  readonly appendedAt: EpochMs;
  readonly digest: number;
  /** Bytes of all messages there ever were. */
  readonly offset: number;
}

const START: End = { seq: 0, appendedAt: 0, digest: 0, offset: 0 };

/** Opens the log with this name, or founds it. Several logs of one environment share its flushes. */
export function openLog(environment: Environment, name: string, options: LogOptions): Log {
  return new EmbeddedLog(environment, name, options);
}

class EmbeddedLog implements Log {
  readonly #environment: Environment;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #messages: Database<Buffer, number>;
  /** The end of logs that were trimmed to nothing: their seq must go on, not start anew. */
  readonly #ends: Database<Buffer, string>;
  readonly #tail = new MessageTail();
  readonly #listeners = new Set<() => void>();
  readonly #group: GroupCommit;
  /** Of what changes the past: settles once the last of it is done, whatever came of it. */
  #upkeep: Promise<void> = Promise.resolve();
  #end: End;
  #firstSeq: number;
  /** Offset of the first message: what has been trimmed so far. */
  #firstOffset: number;

  constructor(environment: Environment, name: string, options: LogOptions) {
    this.#environment = environment;
    this.#name = name;
    this.#clock = options.clock;
    this.#maxBytes = options.maxBytes ?? limits.logBytesMax;
    this.#messages = environment.database<number>(`log/${name}`);
    this.#ends = environment.database<string>('log-ends');
    this.#end = this.#readEnd();
    const first = firstKey(this.#messages);
    this.#firstSeq = first ?? this.#end.seq + 1;
    this.#firstOffset = first === undefined ? this.#end.offset : this.#load(first).header.offset;
    this.#group = new GroupCommit({
      name,
      store: (appends) => this.#store(appends),
      announce: () => {
        for (const listener of this.#listeners) listener();
      },
    });
  }

  append(records: readonly Uint8Array[]): Promise<readonly Position[]> {
    const refusal = this.#refusal(records);
    return refusal === undefined ? this.#group.append(records) : Promise.reject(refusal);
  }

  read(afterSeq: number, max: number): readonly LogMessage[] {
    const from = Math.max(afterSeq + 1, this.#firstSeq);
    if (from > this.#end.seq || max <= 0) return [];
    return this.#tail.from(from, max) ?? this.#readStored(from, max);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  stats(): LogStats {
    return { firstSeq: this.#firstSeq, lastSeq: this.#end.seq, bytes: this.#bytes() };
  }

  /** In turn with trims: what one has deleted, the other must not put back. */
  rewrite(replacements: readonly Replacement[]): Promise<void> {
    return this.#inTurn(() => this.#rewrite(replacements));
  }

  trim(seq: number): Promise<void> {
    return this.#inTurn(() => this.#trim(seq));
  }

  /** Deletes in slices, so that appends get their turn in between and no transaction grows with the log. */
  async #trim(seq: number): Promise<void> {
    if (this.#firstSeq > Math.min(seq, this.#end.seq)) return;
    let slice: number = limits.logTrimSliceMessages;
    while (this.#firstSeq <= Math.min(seq, this.#end.seq)) {
      const last = Math.min(seq, this.#end.seq, this.#firstSeq + slice - 1);
      try {
        await this.#trimSlice(this.#firstSeq, last);
      } catch (error) {
        // Deleting needs some pages too. On a full disk a small transaction finds room where a large one does not.
        if (!(error instanceof TesseraError && error.code === 'log_full') || slice === 1) throw error;
        slice = 1;
      }
    }
    // LMDB uses freed pages again only from the second transaction after; on a full disk none would get that far.
    await this.#saveEnd();
  }

  /** Appends that were called before are still written; later ones are refused. */
  async close(): Promise<void> {
    await this.#group.close();
    this.#listeners.clear();
  }

  #bytes(): number {
    return this.#end.offset - this.#firstOffset;
  }

  #refusal(records: readonly Uint8Array[]): TesseraError | undefined {
    const bytes = appendBytes(records);
    const failure = this.#group.refusal(0) ?? this.#environment.failure;
    if (failure !== undefined) return failure;
    if (this.#bytes() + this.#group.queuedBytes + bytes > this.#maxBytes) {
      return new TesseraError('log_full', `log ${this.#name} would exceed ${this.#maxBytes} bytes`);
    }
    return undefined;
  }

  /** One transaction: flushed as a whole or not there at all. */
  async #store(appends: readonly PendingAppend[]): Promise<readonly (readonly Position[])[]> {
    const appendedAt = Math.max(this.#clock.now(), this.#end.appendedAt);
    const plan = planMessages(appends, this.#end.seq + 1);
    const messages: LogMessage[] = [];
    let end = this.#end;
    const puts: (readonly [number, Buffer])[] = [];
    for (const { records } of plan.messages) {
      const header = { seq: end.seq + 1, appendedAt, offset: end.offset, previousDigest: end.digest };
      const { packed, message } = packMessage(header, records);
      end = { seq: header.seq, appendedAt, digest: message.digest, offset: end.offset + packed.byteLength };
      puts.push([header.seq, packed]);
      messages.push(message);
    }
    await this.#environment.write(() => {
      for (const [seq, packed] of puts) void this.#messages.put(seq, packed);
    });
    this.#end = end;
    for (const message of messages) this.#tail.push(message);
    return plan.positions;
  }

  #readStored(from: number, max: number): LogMessage[] {
    const found: LogMessage[] = [];
    let previous: number | undefined;
    const end = this.#end.seq + 1;
    for (const { key, value } of this.#messages.getRange({ start: from, end, limit: max })) {
      if (key !== from + found.length) throw corrupt(from + found.length, 'it is missing');
      const { header, message } = unpackMessage(value, key);
      if (previous !== undefined && header.previousDigest !== previous) {
        throw corrupt(key, 'it does not follow the message before it');
      }
      previous = message.digest;
      found.push(message);
    }
    if (found.length === 0) throw corrupt(from, 'it is missing');
    return found;
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#upkeep.then(task);
    this.#upkeep = done.catch(() => undefined);
    return done;
  }

  async #rewrite(replacements: readonly Replacement[]): Promise<void> {
    const puts: { readonly packed: Buffer; readonly message: LogMessage }[] = [];
    for (const { seq, records } of replacements) {
      assert(seq < this.#end.seq, 'something follows a message that is replaced');
      if (seq < this.#firstSeq) continue;
      const { header, message } = this.#load(seq);
      assert(records.length === message.records.length, 'a message keeps the number of its records');
      puts.push(packRewritten(header, records, message.digest));
    }
    await this.#environment.write(() => {
      for (const { packed, message } of puts) void this.#messages.put(message.seq, packed);
    });
    for (const { message } of puts) this.#tail.replace(message);
  }

  async #trimSlice(first: number, last: number): Promise<void> {
    const end = this.#end;
    const emptied = last === end.seq;
    const offset = emptied ? end.offset : this.#load(last + 1).header.offset;
    await this.#environment.write(() => {
      for (let seq = first; seq <= last; seq += 1) void this.#messages.remove(seq);
      if (emptied) this.#putEnd(end);
    });
    // Two trims may overlap; whoever came further counts.
    this.#firstSeq = Math.max(this.#firstSeq, last + 1);
    this.#firstOffset = Math.max(this.#firstOffset, offset);
    this.#tail.trim(last);
  }

  async #saveEnd(): Promise<void> {
    const end = this.#end;
    await this.#environment.write(() => this.#putEnd(end));
  }

  #putEnd(end: End): void {
    void this.#ends.put(this.#name, Buffer.from(JSON.stringify(end)));
  }

  #readEnd(): End {
    for (const seq of this.#messages.getKeys({ reverse: true, limit: 1 })) {
      const { header, message, bytes } = this.#load(seq);
      return { seq, appendedAt: header.appendedAt, digest: message.digest, offset: header.offset + bytes };
    }
    const stored = this.#ends.get(this.#name);
    return stored === undefined ? START : parseEnd(stored, this.#name);
  }

  #load(seq: number): ReturnType<typeof unpackMessage> {
    const packed = this.#messages.get(seq);
    if (packed === undefined) throw corrupt(seq, 'it is missing');
    return unpackMessage(packed, seq);
  }
}

function firstKey(messages: Database<Buffer, number>): number | undefined {
  for (const seq of messages.getKeys({ limit: 1 })) return seq;
  return undefined;
}

function parseEnd(stored: Buffer, name: string): End {
  const value: unknown = JSON.parse(stored.toString());
  if (isEnd(value)) return value;
  throw new TesseraError('log_corrupt', `the end of log ${name} cannot be read`);
}

function isEnd(value: unknown): value is End {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Partial<Record<keyof End, unknown>> = value;
  const { seq, appendedAt, digest, offset } = fields;
  return [seq, appendedAt, digest, offset].every((field) => typeof field === 'number');
}
