import { limits } from '../limits.ts';
import type { AccessKeyEntry, AccessKeys } from '../model/access-key.ts';
import { keys } from '../model/keys.ts';
import type { Channel } from '../ports/channel.ts';
import type { StateReader } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';

export interface AccessKeyFollowerOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly channel: Channel | undefined;
  readonly onError: (error: unknown) => void;
}

type Listener = (entries: readonly AccessKeyEntry[]) => void;

const TOPIC = 'access_keys';

/**
 * Keeps a node's view of the keys up to date that the engine has made: told at once by whoever has changed one, and looking
 * every second, since a message may be missed. A node that cannot reach the state goes on with what it knew: keys that
 * were good stay good there, because ingest has to go on, and nothing can be revoked while the state is away from all.
 */
export class AccessKeyFollower {
  readonly #options: AccessKeyFollowerOptions;
  readonly #listeners: Listener[] = [];
  #entries: readonly AccessKeyEntry[] = [];
  #bytes: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #failing = false;

  constructor(options: AccessKeyFollowerOptions) {
    this.#options = options;
  }

  get entries(): readonly AccessKeyEntry[] {
    return this.#entries;
  }

  /** Calls back with all keys, now and at every look; the same list while nothing has changed. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
    listener(this.#entries);
  }

  /** Resolves once the keys are known, so that no door opens before. Fails when the state cannot be read. */
  async start(): Promise<void> {
    await this.refresh();
    const look = (): void => void this.#look();
    this.#unsubscribe = this.#options.channel?.subscribe(TOPIC, look);
    this.#timer ??= setInterval(look, limits.accessKeysPollMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unsubscribe?.();
  }

  /** Says that a change has been committed; known here when it resolves, and everywhere soon. */
  async changed(): Promise<void> {
    this.#options.channel?.publish(TOPIC, new Uint8Array());
    await this.refresh();
  }

  /** What is committed by now is known here when this resolves. */
  async refresh(): Promise<void> {
    // Who asks while somebody reads may have to see something newer than that.
    await this.#reading?.catch(() => undefined);
    this.#reading = this.#read();
    await this.#reading;
  }

  async #look(): Promise<void> {
    try {
      await this.refresh();
      this.#failing = false;
    } catch (error) {
      // Once is enough: who looks every second would say it every second.
      if (!this.#failing) this.#options.onError(error);
      this.#failing = true;
      this.#tell();
    }
  }

  async #read(): Promise<void> {
    const { state, codec } = this.#options;
    const [bytes] = await state.read([keys.accessKeys]);
    if (bytes !== undefined && (this.#bytes === undefined || Buffer.compare(this.#bytes, bytes) !== 0)) {
      // The codec answers what lies under the key.
      this.#entries = (codec.decode(keys.accessKeys, bytes) as AccessKeys).keys;
      this.#bytes = bytes;
    }
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#entries);
  }
}
