import { gunzip } from 'node:zlib';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';

/** What the bytes are, not what a header says they are: several SDKs label gzip as something else. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

interface Turn {
  readonly bytes: number;
  readonly begin: () => void;
}

/**
 * Inflates gzip, off the main thread, up to an absolute size and a ratio. zlib stops at the limit, so that a bomb costs no
 * more than the limit; but a thousand of them at once would, since each holds what it has become so far. So as many go on
 * at once as fit into a bound by what they may become, in the order in which they came.
 */
export class Inflater {
  #bytes = 0;
  readonly #waiting: Turn[] = [];

  /**
   * Hands what was inflated to `use`, whose turn lasts until it answers. Fails with `body_too_large` beyond size or ratio,
   * with `invalid_gzip`, and with `overloaded` where too many wait.
   */
  async inflate<T>(bytes: Buffer, use: (inflated: Buffer) => T | Promise<T>): Promise<T> {
    const room = Math.min(limits.inflatedBytesMax, bytes.length * limits.inflateRatioMax);
    await this.#turn(room);
    try {
      return await use(await inflateWithin(bytes, room));
    } finally {
      this.#bytes -= room;
      this.#next();
    }
  }

  #turn(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#bytes += bytes;
      return undefined;
    }
    if (this.#waiting.length >= limits.inflatingWaitingMax) throw new TesseraError('overloaded');
    return new Promise((begin) => this.#waiting.push({ bytes, begin }));
  }

  #next(): void {
    for (let turn = this.#waiting[0]; turn !== undefined && this.#fits(turn.bytes); turn = this.#waiting[0]) {
      this.#waiting.shift();
      this.#bytes += turn.bytes;
      turn.begin();
    }
  }

  #fits(bytes: number): boolean {
    return this.#bytes + bytes <= limits.inflatingBytesMax;
  }
}

function inflateWithin(bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Each piece comes back by way of the main thread, so large bodies come in few of them.
    const chunkSize = Math.min(limits.inflateChunkBytesMax, Math.max(maxOutputLength >> 3, 16 * 1024));
    gunzip(bytes, { maxOutputLength, chunkSize }, (cause, inflated) => {
      if (cause === null) resolve(inflated);
      else reject(inflateError(cause, maxOutputLength));
    });
  });
}

function inflateError(cause: Error & { readonly code?: string }, maxOutputLength: number): TesseraError {
  return cause.code === 'ERR_BUFFER_TOO_LARGE'
    ? new TesseraError('body_too_large', `The body inflates to more than ${maxOutputLength} bytes.`, {
        cause,
      })
    : new TesseraError('invalid_gzip', undefined, { cause });
}
