import { assert, TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Position } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log, LogMessage, LogStats, MaybePromise, Replacement } from '../../ports/log.ts';
import { appendBytes } from '../packed/append-queue.ts';
import { GroupCommit } from '../packed/group-commit.ts';
import { corrupt, packedBytes, packRewritten, UNCHAINED } from '../packed/packed-message.ts';
import type { NatsLink } from './connection.ts';
import { unavailable } from './failures.ts';
import { deleteMessage, findMessage } from './find-message.ts';
import { ReplacedMessages } from './replaced-messages.ts';
import { StreamBounds } from './stream-bounds.ts';
import { StreamCursor } from './stream-cursor.ts';
import { appendedAtOf, readStreamMessage, storedAtOf } from './stream-message.ts';
import { openStream, type StreamSetup } from './stream-setup.ts';
import { StreamWriter } from './stream-writer.ts';
import { logStream, logSubject } from './subjects.ts';

/*
 * An event log on JetStream: one stream, one message of it per packed message, and its numbers are ours.
 *
 * Any number of nodes append at the same time and never read for it. Whoever reads follows the stream by a cursor
 * (`StreamCursor`) from its own position; there are no acknowledgements, because a position that is committed with
 * the state is the only one that counts.
 *
 * Invariant: what is acknowledged was acknowledged by the stream. What was not may be there nevertheless, when the
 * answer got lost: callers send again, and deduplication drops the repeat.
 */

export interface NatsLogOptions {
  readonly space: string;
  readonly partition: string;
  readonly clock: Clock;
  /** Appends that would exceed this are refused with `log_full`; default `limits.logBytesMax`. The server reserves it. */
  readonly maxBytes?: number;
  /** How many servers of a cluster hold the stream; default 1. */
  readonly replicas?: number;
}

/**
 * Opens the log of a partition, or founds it. Fails with `log_unavailable`, or with `log_misconfigured` when the stream
 * would not keep what it takes.
 */
export async function openNatsLog(link: NatsLink, options: NatsLogOptions): Promise<Log> {
  const { space, partition, maxBytes = limits.logBytesMax, replicas = 1 } = options;
  const setup = logSetup(options);
  const info = await openStream(link, setup);
  const { messages, last_seq: last } = info.state;
  const appendedAt = messages === 0 ? 0 : await readLastAppendedAt(link, setup.name, last);
  const replaced = new ReplacedMessages(link, { space, partition, replicas });
  const first = await replaced.first();
  return new NatsLog({
    link,
    setup,
    maxBytes,
    clock: options.clock,
    appendedAt,
    bounds: new StreamBounds(link, setup, { info, first, trueFirst: () => replaced.first() }),
    replaced,
  });
}

/** The stream that a log is. */
export function logSetup(options: Omit<NatsLogOptions, 'clock'>): StreamSetup {
  const { space, partition, maxBytes = limits.logBytesMax, replicas = 1 } = options;
  return {
    name: logStream(space, partition),
    subject: logSubject(space, partition),
    maxBytes: maxBytes + limits.natsReserveBytes,
    maxMessages: -1,
    replicas,
  };
}

/** The last message of a log that nobody here may have opened; fails with `log_unavailable`. */
export async function readLastSeq(
  link: NatsLink,
  { space, partition }: Pick<NatsLogOptions, 'space' | 'partition'>,
): Promise<number> {
  try {
    const { state } = await link.orAway(link.manager.streams.info(logStream(space, partition)));
    return state.last_seq;
  } catch (error) {
    throw unavailable(`log ${partition} cannot be asked`, error);
  }
}

/** Of the message that was the last one; 0 where there is none of ours, which whoever reads the log will be told. */
async function readLastAppendedAt(link: NatsLink, stream: string, seq: number): Promise<EpochMs> {
  const message = await findMessage(link, stream, { seq });
  return message === undefined ? 0 : appendedAtOf(message.data);
}

interface Parts {
  readonly link: NatsLink;
  readonly setup: StreamSetup;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly appendedAt: EpochMs;
  readonly bounds: StreamBounds;
  readonly replaced: ReplacedMessages;
}

class NatsLog implements Log {
  readonly #link: NatsLink;
  readonly #setup: StreamSetup;
  readonly #maxBytes: number;
  readonly #bounds: StreamBounds;
  readonly #replaced: ReplacedMessages;
  readonly #writer: StreamWriter;
  readonly #group: GroupCommit;
  readonly #listeners = new Set<() => void>();
  readonly #stopWatching: () => void;
  readonly #upkeep: NodeJS.Timeout;
  /** Least recently used first. */
  #cursors: StreamCursor[] = [];
  #announced: number;
  /** Since the stream was last asked for its size. */
  #appendedBytes = 0;
  #closed = false;

  constructor({ link, setup, maxBytes, clock, appendedAt, bounds, replaced }: Parts) {
    this.#link = link;
    this.#setup = setup;
    this.#maxBytes = maxBytes;
    this.#bounds = bounds;
    this.#replaced = replaced;
    this.#announced = bounds.lastSeq;
    const { name: stream, subject } = setup;
    const stored = (seq: number, bytes: number): void => this.#stored(seq, bytes);
    this.#writer = new StreamWriter({ link, stream, subject, now: () => clock.now(), stored }, appendedAt);
    this.#group = new GroupCommit({
      name: stream,
      store: async (appends) => {
        const outcome = await this.#writer.store(appends);
        // Those that queued meanwhile would wait as long again, and for the same reason.
        const away = outcome.find((one) => one instanceof TesseraError && one.code === 'log_unavailable');
        if (away instanceof TesseraError) this.#group.refuseWaiting(away);
        return outcome;
      },
      announce: () => this.#announce(),
    });
    this.#stopWatching = link.onChange((connected) => this.#changed(connected));
    this.#upkeep = setInterval(() => this.#maintain(), limits.natsStatsMs);
    this.#upkeep.unref();
  }

  append(records: readonly Uint8Array[]): Promise<readonly Position[]> {
    const refusal = this.#refusal(records);
    return refusal === undefined ? this.#group.append(records) : Promise.reject(refusal);
  }

  read(afterSeq: number, max: number): MaybePromise<readonly LogMessage[]> {
    if (this.#closed) throw unavailable(`log ${this.#setup.name} is closed`);
    if (this.#bounds.lost !== undefined) throw this.#bounds.lost;
    const from = Math.max(afterSeq + 1, this.#bounds.firstSeq);
    if (max <= 0) return [];
    // Who asks for more than the next message has heard of one that this node has not, perhaps while NATS was away.
    if (from > this.#bounds.lastSeq + 1) return this.#readBeyond(from, max);
    const cursor = this.#cursors.find((one) => one.covers(from));
    if (cursor === undefined) return this.#readElsewhere(from, max);
    this.#use(cursor);
    const found = cursor.take(from, max);
    const next = (found.at(-1)?.seq ?? from - 1) + 1;
    if (found.length === max || next > this.#bounds.lastSeq) return found;
    return this.#collect(cursor, [...found], { next, max });
  }

  async #readBeyond(from: number, max: number): Promise<readonly LogMessage[]> {
    await this.#bounds.refresh();
    return from > this.#bounds.lastSeq ? [] : await this.read(from - 1, max);
  }

  /** Listening means following: a cursor at the end hears of what other nodes append. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#cursors.length === 0 && !this.#closed) this.#startCursor(this.#bounds.lastSeq + 1);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  stats(): LogStats {
    return this.#bounds.stats();
  }

  async trim(seq: number): Promise<void> {
    await this.#bounds.refresh();
    const upTo = Math.min(seq, this.#bounds.lastSeq);
    if (this.#bounds.firstSeq > upTo) return;
    // Before the purge: a beginning that is said to be later than it is, is looked up at the server.
    if ((await this.#replaced.first()) !== undefined) await this.#replaced.setFirst(upTo + 1);
    try {
      await this.#link.orAway(this.#link.manager.streams.purge(this.#setup.name, { seq: upTo + 1 }));
    } catch (error) {
      throw unavailable(`stream ${this.#setup.name} cannot be trimmed`, error);
    }
    for (const cursor of this.#cursors) cursor.trim(upTo);
    await this.#replaced.trim(upTo);
    await this.#bounds.refresh();
  }

  /** The replacement is durable before the message is deleted, whose bytes the server overwrites with random ones. */
  async rewrite(replacements: readonly Replacement[]): Promise<void> {
    await this.#bounds.refresh();
    const { firstSeq, lastSeq } = this.#bounds;
    assert(
      replacements.every(({ seq }) => seq < lastSeq),
      'something follows a message that is replaced',
    );
    const own = replacements.filter(({ seq }) => seq >= firstSeq);
    if (own.length === 0) return;
    if ((await this.#replaced.first()) === undefined) await this.#replaced.setFirst(firstSeq);
    for (let at = 0; at < own.length; at += limits.natsReplacedAtOnce) {
      const some = own.slice(at, at + limits.natsReplacedAtOnce);
      await Promise.all(some.map((replacement) => this.#replace(replacement)));
    }
    await this.#bounds.refresh();
  }

  /** Appends that were called before are still written; later ones are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#group.close();
    this.#stopWatching();
    clearInterval(this.#upkeep);
    this.#bounds.close();
    for (const cursor of this.#cursors) cursor.close();
    this.#cursors = [];
    this.#listeners.clear();
  }

  async #replace({ seq, records }: Replacement): Promise<void> {
    const { link, setup, replaced } = { link: this.#link, setup: this.#setup, replaced: this.#replaced };
    const stored = await findMessage(link, setup.name, { seq });
    const before =
      stored === undefined
        ? (await replaced.find(seq))?.message
        : readStreamMessage({ seq, storedAt: storedAtOf(stored) }, stored.data);
    if (before === undefined) throw corrupt(seq, 'it is missing');
    assert(records.length === before.records.length, 'a message keeps the number of its records');
    const header = { seq, appendedAt: before.appendedAt, offset: UNCHAINED, previousDigest: UNCHAINED };
    const { packed, message } = packRewritten(header, records, before.digest);
    await replaced.put(seq, packed);
    if (stored !== undefined) await deleteMessage(link, setup.name, seq);
    for (const cursor of this.#cursors) cursor.replace({ message, bytes: packed.byteLength });
  }

  #refusal(records: readonly Uint8Array[]): TesseraError | undefined {
    // A closed log says so first, and one that is away must not let callers wait.
    const closed = this.#group.refusal(0) ?? this.#bounds.misconfigured;
    if (closed !== undefined) return closed;
    if (!this.#link.connected) return unavailable('NATS is away');
    const max = this.#writer.messageBytesMax;
    if (records.some((record) => packedBytes(1, record.byteLength) > max)) {
      return new TesseraError('record_too_large', `a record does not fit into a message of ${max} bytes`);
    }
    return this.#fullness(records);
  }

  /**
   * The stream's own bound is only a second line of defense: near it, 2.9 compares the payload without its frame,
   * stores a message that does not fit, and drops the oldest ones for it, although it was told to refuse.
   */
  #fullness(records: readonly Uint8Array[]): TesseraError | undefined {
    const waiting = this.#group.queuedBytes + this.#writer.storedBytes(appendBytes(records));
    if (this.#bounds.stats().bytes + waiting <= this.#maxBytes) return undefined;
    // Another node may have trimmed it meanwhile.
    this.#look();
    return new TesseraError('log_full', `log ${this.#setup.name} would exceed ${this.#maxBytes} bytes`);
  }

  /** The end is only known where something follows it, so the server is asked before the answer is that there is no more. */
  async #readElsewhere(from: number, max: number): Promise<readonly LogMessage[]> {
    const cursor = this.#startCursor(from);
    await this.#bounds.refresh();
    this.#announce();
    return this.#collect(cursor, [], { next: Math.max(from, this.#bounds.firstSeq), max });
  }

  async #collect(
    cursor: StreamCursor,
    found: LogMessage[],
    { next, max }: { next: number; readonly max: number },
  ): Promise<readonly LogMessage[]> {
    while (found.length < max && next <= this.#bounds.lastSeq) {
      const taken = cursor.take(next, max - found.length);
      if (taken.length === 0) {
        try {
          await cursor.arrival();
        } catch (error) {
          if (found.length > 0) return found;
          throw error;
        }
      }
      found.push(...taken);
      next = Math.max((found.at(-1)?.seq ?? 0) + 1, next);
    }
    return found;
  }

  /** One for each place that somebody reads at; those that only listened make way for one that reads. */
  #startCursor(from: number): StreamCursor {
    const { link, setup, cursors } = { link: this.#link, setup: this.#setup, cursors: this.#cursors };
    const kept = cursors.filter((one) => one.wasRead);
    while (kept.length >= limits.natsCursorsMax) kept.shift();
    for (const cursor of cursors) if (!kept.includes(cursor)) cursor.close();
    const source = {
      link,
      stream: setup.name,
      firstSeq: async () => {
        await this.#bounds.refresh();
        this.#announce();
        return this.#bounds.firstSeq;
      },
      replaced: (seq: number) => this.#replaced.find(seq),
      arrived: (message: LogMessage, bytes: number) => this.#arrived(message, bytes),
    };
    const cursor = new StreamCursor(source, from);
    this.#cursors = [...kept, cursor];
    return cursor;
  }

  #use(cursor: StreamCursor): void {
    if (this.#cursors.at(-1) === cursor) return;
    this.#cursors = [...this.#cursors.filter((one) => one !== cursor), cursor];
  }

  #arrived({ seq, appendedAt }: LogMessage, bytes: number): void {
    this.#writer.saw(appendedAt);
    this.#bounds.advance(seq, this.#writer.storedBytes(bytes));
    this.#announce();
  }

  #stored(seq: number, bytes: number): void {
    this.#bounds.advance(seq, bytes);
    this.#appendedBytes += bytes;
    if (this.#appendedBytes < limits.natsRefreshBytes) return;
    this.#appendedBytes = 0;
    this.#look();
  }

  /** Once for everything that is new since the last time. */
  #announce(): void {
    if (this.#bounds.lastSeq === this.#announced) return;
    this.#announced = this.#bounds.lastSeq;
    for (const listener of this.#listeners) listener();
  }

  #changed(connected: boolean): void {
    if (!connected) {
      const away = unavailable('NATS went away');
      this.#group.refuseWaiting(away);
      for (const cursor of this.#cursors) cursor.suspend(away);
      return;
    }
    this.#maintain();
    for (const cursor of this.#cursors) cursor.restart();
  }

  /** Gives up cursors that nobody reads any more, and looks what became of the stream. */
  #maintain(): void {
    const now = performance.now();
    const needed = this.#listeners.size > 0 ? 1 : 0;
    const idle = this.#cursors.filter((one) => one.isIdle(now)).slice(0, this.#cursors.length - needed);
    for (const cursor of idle) cursor.close();
    this.#cursors = this.#cursors.filter((one) => !idle.includes(one));
    this.#look();
  }

  #look(): void {
    this.#bounds.refresh().then(
      () => this.#announce(),
      () => {
        // Whoever appends or reads is told by themselves. Only a lost tail must wake those who have nothing to do.
        if (this.#bounds.lost !== undefined) for (const listener of this.#listeners) listener();
      },
    );
  }
}
