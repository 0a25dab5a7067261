import { AckPolicy, DeliverPolicy, ReplayPolicy } from '@nats-io/jetstream';
import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';
import { limits } from '../../limits.ts';
import type { NatsLink } from './connection.ts';
import { unavailable } from './failures.ts';
import { type Delivery, parseDelivery } from './stream-message.ts';

export interface PullOptions {
  readonly link: NatsLink;
  readonly stream: string;
  readonly startSeq: number;
  readonly onMessage: (delivery: Delivery, data: Uint8Array) => void;
  /** The last pull has ended: there may be another one. */
  readonly onIdle: () => void;
  /** Nothing more will come of this consumer. */
  readonly onLost: (error: Error) => void;
}

const NANOS = 1_000_000;

/**
 * One reading of a stream, in order, from a position on. It is the server's consumer in its simplest form: in memory,
 * without acknowledgements, gone soon after we are. Messages are asked for in portions (pulls), so that a reader that
 * falls behind holds no more than it asked for; at the end of the stream an open pull is answered at once.
 */
export class PullConsumer {
  readonly #options: PullOptions;
  readonly #inbox = createInbox();
  #subscription: Subscription | undefined;
  #name: string | undefined;
  /** Messages that the open pull may still bring. */
  #open = 0;
  #silence: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: PullOptions) {
    this.#options = options;
  }

  /** Fails with `log_unavailable`. */
  async start(): Promise<void> {
    const { link, stream, startSeq } = this.#options;
    const config = {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: startSeq,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      inactive_threshold: limits.natsPullMs * 2 * NANOS,
      mem_storage: true,
      num_replicas: 1,
    };
    try {
      const { name } = await link.orAway(link.manager.consumers.add(stream, config));
      this.#name = name;
    } catch (error) {
      throw unavailable(`stream ${stream} cannot be read`, error);
    }
    if (this.#stopped) return this.#forget();
    this.#subscription = link.connection.subscribe(this.#inbox, {
      callback: (error, message) => (error === null ? this.#take(message) : this.#lose(error)),
    });
  }

  /** Asks for the next portion, unless the last one is still under way. */
  pull(): void {
    if (this.#open > 0 || this.#stopped || this.#name === undefined) return;
    const { link, stream } = this.#options;
    const request = {
      batch: limits.natsPullMessages,
      expires: limits.natsPullMs * NANOS,
      idle_heartbeat: limits.natsHeartbeatMs * NANOS,
      // A message that is larger than this would never come.
      max_bytes: Math.max(limits.natsAheadBytesMax, link.payloadBytesMax * 2),
    };
    this.#open = request.batch;
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${this.#name}`;
    link.connection.publish(subject, JSON.stringify(request), { reply: this.#inbox });
    this.#heard();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#silence);
    if (!this.#options.link.connection.isClosed()) {
      this.#subscription?.unsubscribe();
      this.#forget();
    }
  }

  /** The server would do so by itself after a while. */
  #forget(): void {
    const { link, stream } = this.#options;
    if (this.#name === undefined || !link.connected) return;
    link.connection.publish(`$JS.API.CONSUMER.DELETE.${stream}.${this.#name}`);
  }

  #take(message: Msg): void {
    if (this.#stopped) return;
    this.#heard();
    const delivery = parseDelivery(message.reply);
    if (delivery === undefined) {
      this.#takeStatus(message.headers?.code ?? 0, message.headers?.description ?? '');
      return;
    }
    this.#open -= 1;
    this.#options.onMessage(delivery, message.data);
    if (this.#open === 0) this.#options.onIdle();
  }

  #takeStatus(code: number, description: string): void {
    if (code === 100) return;
    // 404 and 408: nothing there, or nothing came. 409 may mean that a portion is as large as was asked for, but where
    // nothing of it came it means the end of the consumer or of its server's leadership.
    const came = this.#open < limits.natsPullMessages;
    if (code === 404 || code === 408 || (code === 409 && came)) {
      this.#open = 0;
      this.#options.onIdle();
      return;
    }
    this.#lose(unavailable(`the stream is no longer delivered: ${code} ${description}`));
  }

  #heard(): void {
    if (this.#silence !== undefined) {
      this.#silence.refresh();
      return;
    }
    const silent = (): void => {
      // Without an open pull the server has nothing to say.
      if (this.#open === 0) this.#silence?.refresh();
      else this.#lose(unavailable('the stream went silent'));
    };
    this.#silence = setTimeout(silent, limits.natsHeartbeatMs * 2.5);
    this.#silence.unref();
  }

  #lose(error: Error): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.onLost(error);
  }
}
