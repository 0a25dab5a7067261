import { TesseraError } from '../errors.ts';
import type { Firing } from '../model/trigger.ts';
import type { FiringBacklog } from './services.ts';

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

interface Client {
  readonly sink: StreamSink;
  /** Only firings of this trigger; undefined for all. */
  readonly trigger: string | undefined;
}

/** Frame that asks browsers to come back after a second when the connection breaks. */
const OPENING = 'retry: 1000\n: connected\n\n';
const HEARTBEAT = ': \n\n';

/**
 * Everybody who listens to firings. Nobody waits for a listener: what a slow one does not take is buffered up
 * to a bound, and past it the connection is cut, since the client can come back with the id that it saw last.
 */
export class StreamClients {
  readonly #clients = new Set<Client>();
  readonly #bounds: StreamBounds;
  #cut = 0;

  constructor(bounds: StreamBounds) {
    this.#bounds = bounds;
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

  /** Sends what was missed, then everything new. Returns the way to leave. */
  add(sink: StreamSink, trigger: string | undefined, backlog: FiringBacklog): () => void {
    this.assertRoom();
    const client: Client = { sink, trigger };
    this.#clients.add(client);
    const frames = backlog.firings.filter((firing) => wants(client, firing)).map(frameOf);
    sink.write(OPENING + (backlog.gap ? GAP : '') + frames.join(''));
    return () => {
      this.#clients.delete(client);
    };
  }

  publish(firing: Firing): void {
    let frame: string | undefined;
    for (const client of this.#clients) {
      if (!wants(client, firing)) continue;
      frame ??= frameOf(firing);
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

  #send(client: Client, frame: string): void {
    if (client.sink.writableLength > this.#bounds.bufferBytesMax) {
      this.#clients.delete(client);
      this.#cut += 1;
      client.sink.destroy();
      return;
    }
    client.sink.write(frame);
  }
}

/** Says that firings may be missing here: the id to resume from is not remembered any more. */
const GAP = 'event: gap\ndata: {"reason":"the id to resume from is no longer remembered"}\n\n';

function wants(client: Client, firing: Firing): boolean {
  return client.trigger === undefined || client.trigger === firing.trigger;
}

function frameOf(firing: Firing): string {
  return `id: ${firing.id}\nevent: trigger\ndata: ${JSON.stringify(firing)}\n\n`;
}
