import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** From the client to the server, or back. */
export type Direction = 'up' | 'down';

/**
 * - `cut` closes both ends in good order, `reset` with RST;
 * - `half-open` lets both ends believe in the connection and swallows whatever they send.
 */
export type Break = 'cut' | 'reset' | 'half-open';

/** A way to one server over loopback that breaks when it is told to. Connections start whole and go on by themselves. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections are open, and how many there have ever been. */
  readonly open: number;
  readonly accepted: number;
  /** Bytes that were passed on. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Each chunk comes so much later; order is kept. */
  delay(ms: number): void;
  /** At most so many bytes a second in each direction of each connection. */
  slow(bytesPerSecond: number): void;
  /** Breaks all connections that are open now. New ones are whole, except that `half-open` holds until `heal`. */
  break(how: Break): void;
  /** Breaks a connection after so many more bytes in one direction, those of all connections together. */
  breakAfter(direction: Direction, bytes: number, how: Break): void;
  /** Resets new connections at once, as a host does on which nobody listens. */
  refuse(): void;
  /** Takes every fault back. Connections that lost bytes are reset: nobody could go on with them. */
  heal(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: {
  readonly port: number;
  readonly host?: string;
}): Promise<TcpProxy> {
  const proxy = new LoopbackProxy(target.port, target.host ?? '127.0.0.1');
  await proxy.listen();
  return proxy;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  lossy: boolean;
}

const SLICE_MS = 10;

class LoopbackProxy implements TcpProxy {
  readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  readonly #targetPort: number;
  readonly #host: string;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #accepted = 0;
  #delayMs = 0;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #swallows = false;
  #refuses = false;
  #limit: { readonly direction: Direction; left: number; readonly how: Break } | undefined;

  constructor(targetPort: number, host: string) {
    this.#targetPort = targetPort;
    this.#host = host;
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  async listen(): Promise<void> {
    this.#listener.listen(0, '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  get port(): number {
    const address = this.#listener.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get open(): number {
    return this.#pairs.size;
  }

  get accepted(): number {
    return this.#accepted;
  }

  delay(ms: number): void {
    this.#delayMs = ms;
  }

  slow(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  break(how: Break): void {
    if (how === 'half-open') this.#swallows = true;
    else for (const pair of [...this.#pairs]) this.#end(pair, how);
  }

  breakAfter(direction: Direction, bytes: number, how: Break): void {
    this.#limit = { direction, left: bytes, how };
  }

  refuse(): void {
    this.#refuses = true;
  }

  heal(): void {
    this.#delayMs = 0;
    this.#bytesPerSecond = Number.POSITIVE_INFINITY;
    this.#swallows = false;
    this.#refuses = false;
    this.#limit = undefined;
    for (const pair of [...this.#pairs]) if (pair.lossy) this.#end(pair, 'reset');
  }

  async close(): Promise<void> {
    for (const pair of [...this.#pairs]) this.#end(pair, 'reset');
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #accept(client: Socket): void {
    // Every socket breaks sooner or later here; the loops below see to what follows.
    client.on('error', () => undefined);
    if (this.#refuses) {
      client.resetAndDestroy();
      return;
    }
    this.#accepted += 1;
    const server = connect({
      port: this.#targetPort,
      host: this.#host,
      allowHalfOpen: true,
      noDelay: true,
    });
    server.on('error', () => undefined);
    const pair: Pair = { client, server, lossy: false };
    this.#pairs.add(pair);
    void this.#pass(pair, 'up');
    void this.#pass(pair, 'down');
  }

  async #pass(pair: Pair, direction: Direction): Promise<void> {
    const [from, to] = direction === 'up' ? [pair.client, pair.server] : [pair.server, pair.client];
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        // A socket without an encoding gives buffers.
        await this.#forward(pair, { direction, to, bytes: chunk as Buffer });
        if (from.destroyed) return;
      }
      if (this.#swallows) pair.lossy = true;
      else to.end();
    } catch {
      // One end is gone: so is the other, unless nobody may notice.
      if (this.#swallows) pair.lossy = true;
      else this.#end(pair, 'reset');
    }
    if (pair.client.readableEnded && pair.server.readableEnded) this.#pairs.delete(pair);
  }

  async #forward(
    pair: Pair,
    { direction, to, bytes }: { readonly direction: Direction; readonly to: Socket; readonly bytes: Buffer },
  ): Promise<void> {
    if (this.#delayMs > 0) await delay(this.#delayMs);
    for (let at = 0; at < bytes.length; ) {
      const perSlice = Math.max(1, Math.floor((this.#bytesPerSecond * SLICE_MS) / 1_000));
      if (perSlice < bytes.length) await delay(SLICE_MS);
      if (this.#swallows) {
        pair.lossy = true;
        return;
      }
      if (to.destroyed) return;
      const limit = this.#limit?.direction === direction ? this.#limit : undefined;
      const slice = bytes.subarray(at, Math.min(at + perSlice, at + (limit?.left ?? bytes.length)));
      at += slice.length;
      this.passed[direction] += slice.length;
      if (slice.length > 0 && !to.write(slice)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      if (limit !== undefined) {
        limit.left -= slice.length;
        if (limit.left <= 0) {
          this.#limit = undefined;
          await this.#breakOne(pair, to, limit.how);
          return;
        }
      }
    }
  }

  /** What was passed on arrives before the end does. */
  async #breakOne(pair: Pair, to: Socket, how: Break): Promise<void> {
    if (how === 'half-open') {
      this.#swallows = true;
      pair.lossy = true;
      return;
    }
    while (to.writableLength > 0 && !to.destroyed) await delay(1);
    // Written to the kernel is not yet read by the other end, and a reset would overtake it.
    await delay(SLICE_MS);
    this.#end(pair, how);
  }

  #end(pair: Pair, how: 'cut' | 'reset'): void {
    this.#pairs.delete(pair);
    for (const socket of [pair.client, pair.server]) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}
