import type { GeneratedItem } from '../../generate/outbox.ts';
import { limits } from '../../limits.ts';
import type { EngineClient } from '../import/engine-client.ts';

export interface Sent {
  readonly events: number;
  /** What the engine did not take, by code. */
  readonly rejected: Readonly<Record<string, number>>;
}

/**
 * Sends the stream slice by slice: of each slice first what servers report, then what public clients say, since a
 * request has one key. Nothing of a slice is sent before the one before has been acknowledged, so that order is kept
 * between slices, and a slow engine slows the generator down.
 */
export class Sender {
  readonly #clients: { readonly secret: EngineClient; readonly write: EngineClient };
  readonly #wait: boolean;
  readonly #rejected = new Map<string, number>();
  #slice: GeneratedItem[] = [];
  #events = 0;

  /** With `wait` the next slice is sent when this one is applied, and not as soon as it is in the log. */
  constructor(
    clients: { readonly secret: EngineClient; readonly write: EngineClient },
    { wait = false }: { readonly wait?: boolean } = {},
  ) {
    this.#clients = clients;
    this.#wait = wait;
  }

  async send(item: GeneratedItem): Promise<void> {
    this.#slice.push(item);
    if (this.#slice.length >= limits.importBatchEvents) await this.flush();
  }

  async flush(): Promise<void> {
    const slice = this.#slice;
    this.#slice = [];
    await this.#post(
      this.#clients.secret,
      slice.filter(({ publicKey }) => !publicKey),
    );
    await this.#post(
      this.#clients.write,
      slice.filter(({ publicKey }) => publicKey),
    );
  }

  /** Gives up what is under way. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all([this.#clients.secret.stop(), this.#clients.write.stop()]);
  }

  get sent(): Sent {
    return { events: this.#events, rejected: Object.fromEntries(this.#rejected) };
  }

  async #post(client: EngineClient, items: readonly GeneratedItem[]): Promise<void> {
    if (items.length === 0) return;
    const body = Buffer.from(items.map(({ event }) => `${JSON.stringify(event)}\n`).join(''));
    const { answer } = await client.send(body, items.length, this.#wait);
    this.#events += items.length;
    for (const { code } of answer.refusals) this.#rejected.set(code, (this.#rejected.get(code) ?? 0) + 1);
  }
}
