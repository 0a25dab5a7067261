import { limits } from '../../limits.ts';
import type { LogMessage } from '../../ports/log.ts';
import { packedBytes } from './packed-message.ts';

/**
 * The newest messages of a log, bounded in number and bytes, so that a reader that keeps up never goes back to
 * the store and pays no second checksum. Always a dense range that ends at the last message.
 */
export class MessageTail {
  readonly #messages = new Map<number, LogMessage>();
  #first = 1;
  #last = 0;
  #bytes = 0;

  push(message: LogMessage): void {
    if (this.#messages.size === 0) this.#first = message.seq;
    this.#messages.set(message.seq, message);
    this.#last = message.seq;
    this.#bytes += sizeOf(message);
    while (this.#bytes > limits.logTailBytesMax || this.#messages.size > limits.logTailMessagesMax) {
      this.#dropFirst();
    }
  }

  /** Messages from `seq` on, at most `max`; undefined when the tail does not reach back that far. */
  from(seq: number, max: number): LogMessage[] | undefined {
    if (this.#messages.size === 0 || seq < this.#first) return undefined;
    const found: LogMessage[] = [];
    for (let at = seq; at <= this.#last && found.length < max; at += 1) {
      const message = this.#messages.get(at);
      if (message === undefined) return undefined;
      found.push(message);
    }
    return found;
  }

  /** Another message in the place of the one with its number, where that is held. */
  replace(message: LogMessage): void {
    const held = this.#messages.get(message.seq);
    if (held === undefined) return;
    this.#messages.set(message.seq, message);
    this.#bytes += sizeOf(message) - sizeOf(held);
  }

  trim(seq: number): void {
    while (this.#messages.size > 0 && this.#first <= seq) this.#dropFirst();
  }

  #dropFirst(): void {
    const message = this.#messages.get(this.#first);
    if (message === undefined) return;
    this.#messages.delete(this.#first);
    this.#bytes -= sizeOf(message);
    this.#first += 1;
  }
}

function sizeOf(message: LogMessage): number {
  let payload = 0;
  for (const record of message.records) payload += record.byteLength;
  return packedBytes(message.records.length, payload);
}
