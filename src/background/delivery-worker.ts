import { limits } from '../limits.ts';
import type { CompiledWebhook } from '../messages/outgoing.ts';
import { keys } from '../model/keys.ts';
import type { DeliveryRecord } from '../model/record.ts';
import type { Delivery, DeliveryFailure, Endpoint, SendResult } from '../model/webhook.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';
import type { OutgoingMessage, WebhookSender } from '../ports/webhook-sender.ts';
import { encodeRecord } from '../runner/codec.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';

export interface DeliveryWorkerOptions {
  readonly partition: string;
  readonly store: Pick<StateStore, 'scan'>;
  readonly codec: EntryCodec;
  readonly log: Pick<Log, 'append'>;
  readonly clock: Clock;
  readonly sender: Pick<WebhookSender, 'send'>;
  /** As it is in force; undefined once it is not. */
  readonly webhook: (name: string) => CompiledWebhook | undefined;
  /** The message as it goes out, signed at this moment. */
  readonly compose: (delivery: Delivery, webhook: CompiledWebhook) => Promise<OutgoingMessage>;
  /** The last message of the log that the stored state reflects; undefined while that is not known. */
  readonly appliedSeq: () => number | undefined;
  readonly onError: (error: unknown) => void;
}

const ENDPOINTS = 'e/';

/**
 * Brings what is due to webhooks: sends it, and appends to the partition's log what came of that; only the fold of the record
 * changes the entry. Whatever happens in between, the entry is there and is sent again, under the same id. An entry is left
 * alone while it is being sent and until its record is applied. Endpoints do not wait for each other: each has its own
 * queue in the order of time, its own few connections, and its own breaker, which lies in the state.
 */
export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
  /** Keys of entries being sent, and of those whose record is in the log: by webhook, with the record's message. */
  readonly #busy = new Map<string, Map<string, number | undefined>>();
  readonly #sending = new Set<Promise<void>>();
  #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<unknown> | undefined;
  #again = false;

  constructor(options: DeliveryWorkerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#abort = new AbortController();
    this.#timer = setInterval(() => this.poke(), limits.deliveryPollMs).unref();
  }

  /** What is being sent is broken off and not recorded: whoever works on the partition next sends it again. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#abort.abort();
    await this.#looking;
    await Promise.all(this.#sending);
    this.#busy.clear();
  }

  /** True while what the log brings may let something go on. */
  get busy(): boolean {
    return this.#busy.size > 0;
  }

  /** Looks soon, once however often it is asked. */
  poke(): void {
    if (this.#timer === undefined) return;
    if (this.#looking !== undefined) {
      this.#again = true;
      return;
    }
    this.#looking = this.look()
      .catch(this.#options.onError)
      .finally(() => {
        this.#looking = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.poke();
      });
  }

  /** Begins to send what is due; answers how much that is. */
  async look(): Promise<number> {
    const { partition, store, codec } = this.#options;
    this.#forgetApplied();
    let begun = 0;
    for (let after = ''; ; ) {
      const page = await store.scan(partition, ENDPOINTS, after, limits.webhooksMax);
      for (const [key, bytes] of page) {
        // The codec answers the type that belongs to the key's prefix.
        const endpoint = codec.decode(key, bytes) as Endpoint;
        if (endpoint.waiting > 0) begun += await this.#serve(key.slice(ENDPOINTS.length), endpoint);
        after = key;
      }
      if (page.length < limits.webhooksMax) return begun;
    }
  }

  /** Resolves once nothing is being sent. */
  async settled(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  #forgetApplied(): void {
    const applied = this.#options.appliedSeq() ?? -1;
    for (const [name, keys] of this.#busy) {
      for (const [key, seq] of keys) if (seq !== undefined && seq <= applied) keys.delete(key);
      if (keys.size === 0) this.#busy.delete(name);
    }
  }

  async #serve(name: string, endpoint: Endpoint): Promise<number> {
    const { clock } = this.#options;
    const webhook = this.#options.webhook(name);
    const hopeless = hopelessness(webhook, endpoint);
    const busy = this.#busy.get(name)?.size ?? 0;
    if (hopeless !== undefined) {
      // What it is to be given up for is read in large pieces: nothing is sent.
      const found = busy > 0 ? [] : await this.#due(name, limits.deadLettersPerRecord);
      await this.#giveUp(name, found, hopeless);
      return 0;
    }
    const now = clock.now();
    const broken = endpoint.openUntil > 0;
    if (broken && now < endpoint.openUntil) {
      await this.#expire(name);
      return 0;
    }
    // After a pause one message tries; the others follow once it was taken.
    const free = (broken ? 1 : limits.deliveriesAtOnce) - busy;
    if (webhook === undefined || free <= 0) return 0;
    const due = await this.#due(name, free);
    for (const delivery of due) this.#begin(delivery, webhook);
    return due.length;
  }

  /** What waited for an endpoint that is left alone is given up a day after it was decided. */
  async #expire(name: string): Promise<void> {
    if ((this.#busy.get(name)?.size ?? 0) > 0) return;
    const oldest = this.#options.clock.now() - limits.deliveryAgeMs;
    const due = await this.#due(name, limits.deadLettersPerRecord);
    await this.#giveUp(
      name,
      due.filter(({ since }) => since < oldest),
      'expired',
    );
  }

  async #due(name: string, most: number): Promise<readonly Delivery[]> {
    const { partition, store, codec, clock } = this.#options;
    const busy = this.#busy.get(name);
    const now = clock.now();
    const page = await store.scan(partition, `q/${name}/`, '', most + (busy?.size ?? 0));
    return page
      .filter(([key]) => !busy?.has(key))
      .map(([key, bytes]) => codec.decode(key, bytes) as Delivery)
      .filter(({ due }) => due <= now)
      .slice(0, most);
  }

  #begin(delivery: Delivery, webhook: CompiledWebhook): void {
    const done = this.#attempt(delivery, webhook)
      .catch((error: unknown) => {
        this.#release(delivery);
        this.#options.onError(error);
      })
      .finally(() => this.#sending.delete(done));
    this.#hold(delivery, undefined);
    this.#sending.add(done);
  }

  async #attempt(delivery: Delivery, webhook: CompiledWebhook): Promise<void> {
    const { signal } = this.#abort;
    const result = await this.#send(delivery, webhook, signal);
    if (signal.aborted) this.#release(delivery);
    else await this.#record([delivery], result);
  }

  /** A message that cannot be put together waits like one that is not taken: it must not be tried without a rest. */
  async #send(delivery: Delivery, webhook: CompiledWebhook, signal: AbortSignal): Promise<SendResult> {
    const { sender, compose, onError } = this.#options;
    try {
      return await sender.send(await compose(delivery, webhook), signal);
    } catch (error) {
      onError(error);
      return { outcome: 'failed', failure: 'internal', status: 0 };
    }
  }

  async #giveUp(name: string, deliveries: readonly Delivery[], failure: DeliveryFailure): Promise<void> {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) this.#hold(delivery, undefined);
    try {
      await this.#record(deliveries, { outcome: 'failed', failure, status: 0 });
    } catch (error) {
      this.#busy.delete(name);
      throw error;
    }
  }

  async #record(deliveries: readonly Delivery[], result: SendResult): Promise<void> {
    const records = deliveries.map(({ webhook, id, due }): DeliveryRecord => {
      return { kind: 'delivery', webhook, step: { type: 'sent', id, due, result } };
    });
    const positions = await this.#options.log.append(records.map(encodeRecord));
    const seq = positions.at(-1)?.seq ?? 0;
    for (const delivery of deliveries) this.#hold(delivery, seq);
  }

  #hold(delivery: Delivery, seq: number | undefined): void {
    const held = this.#busy.get(delivery.webhook) ?? new Map<string, number | undefined>();
    held.set(keyOf(delivery), seq);
    this.#busy.set(delivery.webhook, held);
  }

  #release(delivery: Delivery): void {
    this.#busy.get(delivery.webhook)?.delete(keyOf(delivery));
  }
}

function keyOf({ webhook, due, id }: Delivery): string {
  return keys.delivery(webhook, due, id);
}

/** Why nothing can be sent to an endpoint at all; undefined where it can. */
function hopelessness(webhook: CompiledWebhook | undefined, endpoint: Endpoint): DeliveryFailure | undefined {
  if (webhook === undefined) return 'removed';
  if (webhook.definition.disabled === true) return 'disabled';
  return endpoint.gone && endpoint.version === webhook.version ? 'gone' : undefined;
}
