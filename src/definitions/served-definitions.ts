import { limits } from '../limits.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import { keys } from '../model/keys.ts';
import type { Channel } from '../ports/channel.ts';
import type { StateReader } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { Definitions } from './definitions.ts';

export interface ServedDefinitionsOptions {
  readonly definitions: Definitions;
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly channel: Channel | undefined;
  readonly onError: (error: unknown) => void;
}

const TOPIC = 'definitions';

/**
 * Keeps a node's view of what is in force up to date: its own stages take definitions at their place in the logs, and
 * this is what ingest normalizes by and readers compute by. Told at once by whoever has committed a change, and looking
 * now and then, since a message may be missed.
 */
export class ServedDefinitions {
  readonly #options: ServedDefinitionsOptions;
  #text: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: ServedDefinitionsOptions) {
    this.#options = options;
  }

  /** True once there is anything in force. */
  get known(): boolean {
    return this.#text !== undefined;
  }

  start(): void {
    const look = (): void => void this.refresh().catch(this.#options.onError);
    this.#unsubscribe = this.#options.channel?.subscribe(TOPIC, look);
    this.#timer = setInterval(look, limits.definitionsPollMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unsubscribe?.();
  }

  /** Says that a change has been committed. */
  announce(): void {
    this.#options.channel?.publish(TOPIC, new Uint8Array());
  }

  /** What is committed by now is in force here when this resolves. */
  async refresh(): Promise<void> {
    // Who asks while somebody reads may have to see something newer than that.
    await this.#reading?.catch(() => undefined);
    this.#reading = this.#read();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { state, codec, definitions } = this.#options;
    const [bytes] = await state.read([keys.definitions]);
    if (bytes === undefined) return;
    if (this.#text !== undefined && Buffer.compare(this.#text, bytes) === 0) return;
    // The codec answers what lies under the key.
    definitions.follow(codec.decode(keys.definitions, bytes) as DefinitionsEntry);
    this.#text = bytes;
  }
}
