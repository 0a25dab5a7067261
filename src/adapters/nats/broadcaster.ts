import { limits } from '../../limits.ts';
import type { NatsLink } from './connection.ts';

/**
 * Sends to whoever listens, without ever waiting: while the server is away, or does not take what was sent before,
 * messages are dropped and counted. The client itself would keep them all in memory.
 */
export class Broadcaster {
  readonly #link: NatsLink;
  /** Sent since the server last said how far it is. */
  #unsentBytes = 0;
  #asking = false;
  #dropped = 0;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  get dropped(): number {
    return this.#dropped;
  }

  send(subject: string, payload: Uint8Array): void {
    const size = payload.byteLength + subject.length;
    const fits = this.#unsentBytes + size <= limits.natsUnsentBytesMax;
    if (!this.#link.connected || !fits || payload.byteLength > this.#link.payloadBytesMax) {
      this.#dropped += 1;
      return;
    }
    this.#link.connection.publish(subject, payload);
    this.#unsentBytes += size;
    if (!this.#asking) this.#ask();
  }

  /** A ping behind what was sent: its answer says that all before it was taken. */
  #ask(): void {
    this.#asking = true;
    const asked = this.#unsentBytes;
    const settle = (): void => {
      this.#asking = false;
      this.#unsentBytes -= asked;
      if (this.#unsentBytes > 0 && this.#link.connected) this.#ask();
      // What was under way when the server went is lost either way.
      else if (!this.#link.connected) this.#unsentBytes = 0;
    };
    this.#link.connection.flush().then(settle, settle);
  }
}
