import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { LogMessage } from '../../ports/log.ts';
import { corrupt } from '../packed/packed-message.ts';
import type { NatsLink } from './connection.ts';
import { unavailable } from './failures.ts';
import { findMessage } from './find-message.ts';
import { PullConsumer } from './pull-consumer.ts';
import type { ReplacedMessage } from './replaced-messages.ts';
import { type Delivery, readStreamMessage } from './stream-message.ts';

/** What a cursor needs of its log. */
export interface CursorSource {
  readonly link: NatsLink;
  readonly stream: string;
  /** Asks the server. Fails with `log_unavailable`, or with `log_lost_tail`, which is for good. */
  firstSeq(): Promise<number>;
  /** What stands in the place of a message that is not in the stream; undefined where nothing does. */
  replaced(seq: number): Promise<ReplacedMessage | undefined>;
  /** Told of each message as it arrives. */
  arrived(message: LogMessage, bytes: number): void;
}

interface Held extends ReplacedMessage {
  /** It is not in the stream, which therefore cannot be checked against it. */
  readonly replaced: boolean;
}

interface Parked {
  readonly delivery: Delivery;
  readonly data: Uint8Array;
}

/**
 * A reader's place in a stream, with the messages around it: a dense stretch that ends at `#next`. It reads ahead
 * within bounds, follows the end of the stream live, and starts anew by itself wherever the server left it.
 *
 * Invariants: the stretch has no gap and every message in it was checked; after a new start the last message is
 * delivered once more and must be the same one, otherwise the stream has lost its tail and grown again. What cannot be
 * read stops the cursor for good in front of it: nothing is ever skipped.
 */
export class StreamCursor {
  readonly #source: CursorSource;
  #held: Held[] = [];
  #next: number;
  /** Handed out up to here. */
  #position: number;
  #aheadBytes = 0;
  #behindBytes = 0;
  #consumer: PullConsumer | undefined;
  #verifying: LogMessage | undefined;
  #failure: TesseraError | undefined;
  /** Each start anew, and each loss, outdates the attempts before. */
  #attempt = 0;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  /** What has arrived while a gap before it is being filled; at most what was asked for. Undefined while there is none. */
  #parked: Parked[] | undefined;
  readonly #waiting = new Set<{ resolve(): void; reject(error: Error): void }>();
  /** When it was last read, by `performance.now()`; undefined as long as it only listens. */
  #readAt: number | undefined;

  constructor(source: CursorSource, from: number) {
    this.#source = source;
    this.#next = from;
    this.#position = from - 1;
    this.restart();
  }

  get wasRead(): boolean {
    return this.#readAt !== undefined;
  }

  isIdle(now: number): boolean {
    return now - (this.#readAt ?? now) > limits.natsCursorIdleMs;
  }

  /** Whether what it holds, or the next to come, is the message at `from`. */
  covers(from: number): boolean {
    return from >= this.#next - this.#held.length && from <= this.#next;
  }

  /** What it holds from `from` on, at most `max`; starts after what was trimmed meanwhile. */
  take(from: number, max: number): readonly LogMessage[] {
    this.#readAt = performance.now();
    const start = Math.max(0, from - (this.#next - this.#held.length));
    const found: LogMessage[] = [];
    for (let at = start; at < this.#held.length && found.length < max; at += 1) {
      const held = this.#held[at];
      if (held !== undefined) found.push(held.message);
    }
    const last = found.at(-1);
    if (last !== undefined) this.#moveTo(last.seq);
    return found;
  }

  /** Resolves when more has come; fails with why nothing will, `log_unavailable` when it takes too long. */
  async arrival(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#source.link.connected) throw unavailable('NATS is away');
    const came = await this.#wait();
    if (came) return;
    await this.#explainGap();
    this.restart();
    throw this.#failure ?? unavailable(`message ${this.#next} does not come`);
  }

  /** What it holds of that number makes way for this. */
  replace({ message, bytes }: ReplacedMessage): void {
    const at = message.seq - (this.#next - this.#held.length);
    const held = this.#held[at];
    if (held === undefined) return;
    this.#held[at] = { message, bytes, replaced: true };
    if (message.seq <= this.#position) this.#behindBytes += bytes - held.bytes;
    else this.#aheadBytes += bytes - held.bytes;
  }

  trim(seq: number): void {
    while (this.#held.length > 1 && (this.#held[0]?.message.seq ?? Infinity) <= seq) this.#dropFirst();
  }

  /** Reads on by a new consumer: the old one, or its server, may be gone. */
  restart(): void {
    const attempt = this.#leave();
    if (this.#closed || this.#failure !== undefined) return;
    this.#start(attempt).catch((error: unknown) => {
      if (attempt === this.#attempt) this.#failed(error);
    });
  }

  /** Fails those who wait: the server went away. It will be told when to start again. */
  suspend(error: Error): void {
    this.#leave();
    this.#rejectWaiting(error);
  }

  close(): void {
    this.#closed = true;
    this.#leave();
    this.#rejectWaiting(unavailable('the reader was closed'));
  }

  /** Ends what is under way, and answers the number of the next attempt. */
  #leave(): number {
    clearTimeout(this.#retry);
    this.#consumer?.stop();
    this.#consumer = undefined;
    this.#parked = undefined;
    this.#attempt += 1;
    return this.#attempt;
  }

  async #start(attempt: number): Promise<void> {
    const firstSeq = await this.#source.firstSeq();
    if (attempt !== this.#attempt) return;
    if (this.#next < firstSeq) this.#skipTo(firstSeq);
    const last = this.#held.findLast(({ replaced }) => !replaced)?.message;
    this.#verifying = last;
    const consumer = new PullConsumer({
      link: this.#source.link,
      stream: this.#source.stream,
      startSeq: last?.seq ?? this.#next,
      onMessage: (delivery, data) => this.#take(delivery, data),
      onIdle: () => this.#pull(),
      onLost: (error) => this.#failed(error),
    });
    await consumer.start();
    if (attempt !== this.#attempt) {
      consumer.stop();
      return;
    }
    this.#consumer = consumer;
    consumer.pull();
  }

  /** For good when the error says so; otherwise it tries again, until it is closed. */
  #failed(error: unknown): void {
    this.#leave();
    const known = unavailable('the stream cannot be read', error);
    if (!known.retryable) this.#failure = known;
    this.#rejectWaiting(known);
    if (this.#closed || this.#failure !== undefined) return;
    this.#retry = setTimeout(() => this.restart(), limits.natsRetryMs);
    this.#retry.unref();
  }

  #take(delivery: Delivery, data: Uint8Array): void {
    if (this.#parked !== undefined) {
      this.#parked.push({ delivery, data });
      return;
    }
    const verified = this.#verifying;
    this.#verifying = undefined;
    try {
      if (verified !== undefined && delivery.seq === verified.seq) {
        this.#verify(verified, readStreamMessage(delivery, data));
      } else if (delivery.seq === this.#next) {
        const message = readStreamMessage(delivery, data);
        this.#hold({ message, bytes: data.byteLength, replaced: false });
      } else if (delivery.seq > this.#next) {
        this.#parked = [{ delivery, data }];
        const attempt = this.#attempt;
        this.#fill(delivery.seq).catch((error: unknown) => {
          if (attempt === this.#attempt) this.#failed(error);
        });
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Takes what was replaced up to `until`, and then what has arrived meanwhile; starts anew where nothing was. */
  async #fill(until: number): Promise<void> {
    const attempt = this.#attempt;
    while (this.#next < until) {
      const count = Math.min(until - this.#next, limits.natsReplacedAtOnce);
      const seqs = Array.from({ length: count }, (_, i) => this.#next + i);
      const found = await Promise.all(seqs.map((seq) => this.#source.replaced(seq)));
      if (attempt !== this.#attempt) return;
      for (const each of found) {
        if (each === undefined) {
          await this.#explainGap();
          if (attempt === this.#attempt) this.restart();
          return;
        }
        this.#hold({ ...each, replaced: true });
      }
    }
    const parked = this.#parked ?? [];
    this.#parked = undefined;
    for (const { delivery, data } of parked) this.#take(delivery, data);
    this.#pull();
  }

  #verify(before: LogMessage, now: LogMessage): void {
    if (before.digest === now.digest) return;
    throw new TesseraError('log_lost_tail', `message ${now.seq} is not the one that was read before`);
  }

  #hold(held: Held): void {
    const { message, bytes } = held;
    this.#held.push(held);
    this.#next += 1;
    this.#aheadBytes += bytes;
    this.#source.arrived(message, bytes);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { resolve } of waiting) resolve();
  }

  /** Decides what became of the message at `#next`: trimmed, lost on the way to us, replaced, or missing in the stream. */
  async #explainGap(): Promise<void> {
    const firstSeq = await this.#source.firstSeq();
    if (this.#next < firstSeq) {
      this.#skipTo(firstSeq);
      return;
    }
    const { link, stream } = this.#source;
    const wanted = this.#next;
    if ((await findMessage(link, stream, { seq: wanted })) !== undefined) return;
    const replaced = await this.#source.replaced(wanted);
    if (wanted !== this.#next) return;
    if (replaced === undefined) this.#failed(corrupt(wanted, 'it is missing'));
    else this.#hold({ ...replaced, replaced: true });
  }

  #skipTo(seq: number): void {
    this.#held = [];
    this.#aheadBytes = 0;
    this.#behindBytes = 0;
    this.#next = seq;
    this.#position = seq - 1;
  }

  #moveTo(seq: number): void {
    for (let at = this.#position + 1; at <= seq; at += 1) {
      const bytes = this.#held[at - this.#next + this.#held.length]?.bytes ?? 0;
      this.#aheadBytes -= bytes;
      this.#behindBytes += bytes;
    }
    this.#position = Math.max(this.#position, seq);
    // The last one stays: a new start is checked against it.
    while (this.#behindBytes > limits.natsBehindBytesMax && this.#held.length > 1) this.#dropFirst();
    this.#pull();
  }

  #dropFirst(): void {
    const dropped = this.#held.shift();
    if (dropped === undefined) return;
    if (dropped.message.seq <= this.#position) this.#behindBytes -= dropped.bytes;
    else this.#aheadBytes -= dropped.bytes;
  }

  #pull(): void {
    if (this.#parked !== undefined) return;
    if (this.#aheadBytes <= limits.natsAheadBytesMax / 2) this.#consumer?.pull();
  }

  /** False when the time is up. */
  #wait(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const waiting = {
        resolve: () => settle(() => resolve(true)),
        reject: (error: Error) => settle(() => reject(error)),
      };
      const timer = setTimeout(() => settle(() => resolve(false)), limits.natsReadMs);
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        then();
      };
      this.#waiting.add(waiting);
    });
  }

  #rejectWaiting(error: Error): void {
    for (const { reject } of [...this.#waiting]) reject(error);
  }
}
