import type { NatsConnection } from '@nats-io/transport-node';
import { limits } from '../../limits.ts';

/** Follows whether the server is there, and helps the client to leave a server that is not. */
export class NatsConnectionWatch {
  readonly #connection: NatsConnection;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #done: Promise<void>;
  #connected = true;
  #abandon: NodeJS.Timeout | undefined;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#done = this.#follow();
  }

  get connected(): boolean {
    return this.#connected && !this.#connection.isClosed();
  }

  onChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** To be called before the connection is closed: nothing is announced any more. */
  async close(): Promise<void> {
    this.#listeners.clear();
    clearTimeout(this.#abandon);
    const closing = this.#connection.close();
    await this.#done;
    await closing;
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'staleConnection') this.#leave();
      if (type === 'disconnect') clearTimeout(this.#abandon);
      if (type === 'disconnect' || type === 'staleConnection' || type === 'close') this.#tell(false);
      if (type === 'reconnect') this.#tell(true);
    }
  }

  /**
   * The client ends a connection that has gone silent by a last write, and waits for it. Where the network swallows
   * everything and the send buffer is full, that would take until the kernel gives up, a quarter of an hour later.
   */
  #leave(): void {
    clearTimeout(this.#abandon);
    this.#abandon = setTimeout(() => {
      const socket = socketOf(this.#connection);
      socket?.destroy();
    }, limits.natsReconnectMs);
    this.#abandon.unref();
  }

  #tell(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }
}

interface Destroyable {
  destroy(): void;
}

/** The client offers no way to its socket, so this looks whether it is where this version has it. */
function socketOf(connection: NatsConnection): Destroyable | undefined {
  let found: unknown = connection;
  for (const name of ['protocol', 'transport', 'socket']) {
    if (typeof found !== 'object' || found === null || !(name in found)) return undefined;
    const owner: Readonly<Record<string, unknown>> = { ...found };
    found = owner[name];
  }
  return isDestroyable(found) ? found : undefined;
}

function isDestroyable(value: unknown): value is Destroyable {
  return (
    typeof value === 'object' && value !== null && 'destroy' in value && typeof value.destroy === 'function'
  );
}
