import { TesseraError } from '../errors.ts';

/** The part of a response that a stream needs. */
export interface StreamSink {
  write(chunk: string): boolean;
  end(): void;
  destroy(): void;
  /** Bytes that the client has not taken yet. */
  readonly writableLength: number;
}

export interface StreamBounds {
  readonly clientsMax: number;
  readonly bufferBytesMax: number;
}

/** What a client that comes back has missed. */
export interface StreamBacklog<Item> {
  readonly items: readonly Item[];
  /** True when items before the first of these may be missing. */
  readonly gap: boolean;
}

interface Client<Item> {
  readonly sink: StreamSink;
  readonly wants: (item: Item) => boolean;
}

/** Frame that asks browsers to come back after a second when the connection breaks. */
const OPENING = 'retry: 1000\n: connected\n\n';
const HEARTBEAT = ': \n\n';

/**
 * Everybody who listens to a stream. Nobody waits for a listener: what a slow one does not take is buffered up
 * to a bound, and past it the connection is cut, since the client can come back with the id that it saw last.
 */
export class StreamClients<Item> {
  readonly #clients = new Set<Client<Item>>();
  readonly #bounds: StreamBounds;
  readonly #frameOf: (item: Item) => string;
  #cut = 0;

  /** `frameOf` writes an item as a server-sent event. */
  constructor(bounds: StreamBounds, frameOf: (item: Item) => string) {
    this.#bounds = bounds;
    this.#frameOf = frameOf;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** How many connections were cut because the client was too slow. */
  get cut(): number {
    return this.#cut;
  }

  /** Fails with `too_many_requests` when one more client would be too many. */
  assertRoom(): void {
    if (this.#clients.size >= this.#bounds.clientsMax) {
      throw new TesseraError('too_many_requests', 'Too many clients are listening to streams.');
    }
  }

  /** Sends what was missed, then everything new that the client wants. Returns the way to leave. */
  add(sink: StreamSink, wants: (item: Item) => boolean, backlog: StreamBacklog<Item>): () => void {
    this.assertRoom();
    const client: Client<Item> = { sink, wants };
    this.#clients.add(client);
    const frames = backlog.items.filter(wants).map(this.#frameOf);
    sink.write(OPENING + (backlog.gap ? GAP : '') + frames.join(''));
    return () => {
      this.#clients.delete(client);
    };
  }

  publish(item: Item): void {
    let frame: string | undefined;
    for (const client of this.#clients) {
      if (!client.wants(item)) continue;
      frame ??= this.#frameOf(item);
      this.#send(client, frame);
    }
  }

  /** Keeps proxies from closing silent connections, and finds clients that went away without a word. */
  beat(): void {
    for (const client of this.#clients) this.#send(client, HEARTBEAT);
  }

  closeAll(): void {
    for (const { sink } of this.#clients) sink.end();
    this.#clients.clear();
  }

  #send(client: Client<Item>, frame: string): void {
    if (client.sink.writableLength > this.#bounds.bufferBytesMax) {
      this.#clients.delete(client);
      this.#cut += 1;
      client.sink.destroy();
      return;
    }
    client.sink.write(frame);
  }
}

/** Says that something may be missing here: the id to resume from is not remembered any more. */
const GAP = 'event: gap\ndata: {"reason":"the id to resume from is no longer remembered"}\n\n';

/** One server-sent event, without an id where nobody can come back to it: its data is JSON, in which no line ends. */
export function frame(id: string, event: string, data: object): string {
  return `${id === '' ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
