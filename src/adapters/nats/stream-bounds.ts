import { setTimeout as pause } from 'node:timers/promises';
import type { StreamInfo } from '@nats-io/jetstream';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { LogStats } from '../../ports/log.ts';
import type { NatsLink } from './connection.ts';
import { isStreamMissing, unavailable } from './failures.ts';
import { differencesOf, misconfigured, type StreamSetup } from './stream-setup.ts';

/** What the server says of a stream, and the number that it really begins with, where it does not say so. */
interface KnownStream {
  readonly info: StreamInfo;
  readonly first: number | undefined;
}

/**
 * Where a stream begins and ends, as far as is known here: from the server at open, after a reconnect, after a trim and
 * every few seconds; in between from acknowledgements and from what arrives. So the end is exact for what this node
 * appended or follows, and up to `natsStatsMs` old for what others append to a log that nobody here reads.
 *
 * It also notices what must not happen: a stream that ends earlier than before or was founded anew (its tail is lost,
 * for good), and one whose settings somebody changed (until they are right again).
 */
export class StreamBounds {
  readonly #link: NatsLink;
  readonly #setup: StreamSetup;
  readonly #created: string;
  readonly #trueFirst: () => Promise<number | undefined>;
  /** What the server calls the first message. */
  #serverFirst: number;
  #firstSeq = 1;
  #lastSeq = 0;
  #bytes = 0;
  #lost: TesseraError | undefined;
  #misconfigured: TesseraError | undefined;
  #refreshing: Promise<void> | undefined;
  #closed = false;

  /** `trueFirst` asks for the number of the first message where some at the beginning were replaced. */
  constructor(
    link: NatsLink,
    setup: StreamSetup,
    { info, first, trueFirst }: KnownStream & { readonly trueFirst: () => Promise<number | undefined> },
  ) {
    this.#link = link;
    this.#setup = setup;
    this.#created = info.created;
    this.#trueFirst = trueFirst;
    this.#serverFirst = firstOf(info);
    this.#apply({ info, first });
  }

  get firstSeq(): number {
    return this.#firstSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get lost(): TesseraError | undefined {
    return this.#lost;
  }

  get misconfigured(): TesseraError | undefined {
    return this.#misconfigured;
  }

  stats(): LogStats {
    return { firstSeq: this.#firstSeq, lastSeq: this.#lastSeq, bytes: this.#bytes };
  }

  /** A message is there, which may be news. `bytes` is what the stream takes for it. */
  advance(seq: number, bytes: number): void {
    if (seq <= this.#lastSeq) return;
    this.#lastSeq = seq;
    this.#bytes += bytes;
  }

  /** Asks the server; several at once share one question. Fails with `log_unavailable` or `log_lost_tail`. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#ask().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
    if (this.#lost !== undefined) throw this.#lost;
  }

  close(): void {
    this.#closed = true;
  }

  async #ask(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      if (!this.#link.connected) throw unavailable('NATS is away');
      // What was known before the question must be in the answer; what is appended meanwhile need not.
      const known = this.#lastSeq;
      const info = await this.#info();
      if (info === undefined || info.created !== this.#created) {
        this.#lose(info, `stream ${this.#setup.name} was deleted`);
        return;
      }
      if (info.state.last_seq >= known) {
        this.#apply({ info, first: await this.#first(info) });
        return;
      }
      // A leader that was just elected may not have caught up with what its group agreed upon.
      if (tries === limits.natsConfirmationsMax || this.#closed) {
        this.#lose(info, `stream ${this.#setup.name} ended at ${known}, now at ${info.state.last_seq}`);
        return;
      }
      await pause(limits.natsRetryMs);
    }
  }

  async #info(): Promise<StreamInfo | undefined> {
    try {
      return await this.#link.orAway(this.#link.manager.streams.info(this.#setup.name));
    } catch (error) {
      if (isStreamMissing(error)) return undefined;
      throw unavailable(`stream ${this.#setup.name} does not answer`, error);
    }
  }

  #lose(info: StreamInfo | undefined, why: string): void {
    this.#lost ??= new TesseraError('log_lost_tail', why);
    this.#lastSeq = 0;
    this.#firstSeq = 1;
    this.#bytes = 0;
    if (info !== undefined) this.#apply({ info, first: undefined });
  }

  /** Asked for when the beginning has moved, and always where the server does not know it. */
  async #first(info: StreamInfo): Promise<number | undefined> {
    const serverFirst = firstOf(info);
    if (serverFirst === this.#serverFirst && serverFirst === this.#firstSeq) return serverFirst;
    const first = await this.#trueFirst();
    this.#serverFirst = serverFirst;
    return first;
  }

  #apply({ info, first = Infinity }: KnownStream): void {
    const { state, config } = info;
    const differences = differencesOf(this.#setup, config);
    this.#misconfigured = differences.length === 0 ? undefined : misconfigured(this.#setup.name, differences);
    this.#firstSeq = Math.min(firstOf(info), first);
    if (state.last_seq < this.#lastSeq) return;
    this.#lastSeq = state.last_seq;
    this.#bytes = state.bytes;
  }
}

/** An empty stream says 0 as long as it never held anything, and the next number afterwards. */
function firstOf({ state }: StreamInfo): number {
  return state.messages === 0 ? state.last_seq + 1 : state.first_seq;
}
