import { TesseraError } from '../errors.ts';

/*
 * What was learned is written down part by part, each behind its length, so that no part keeps the thread for long: nothing
 * may be learned between the first part and the last one, and queries go on. Large arrays come as views of themselves.
 */

const LENGTH_BYTES = 4;
const WORD_BYTES = 4;
/** About a millisecond's worth of hashing and writing. */
const CHUNK_WORDS = 2 ** 17;
const CHUNK_TEXTS = 4_096;

/** JSON behind its length. */
export function jsonPart(value: unknown): Uint8Array {
  const text = Buffer.from(JSON.stringify(value));
  return Buffer.concat([lengthOf(text.byteLength), text]);
}

/** Texts as lists of JSON, as many as it takes. */
export function* textParts(texts: readonly string[]): Iterable<Uint8Array> {
  yield jsonPart(texts.length);
  for (let from = 0; from < texts.length; from += CHUNK_TEXTS)
    yield jsonPart(texts.slice(from, from + CHUNK_TEXTS));
}

/** Arrays one after another as one, so many words in all. */
export function* wordParts(length: number, arrays: Iterable<Uint32Array>): Iterable<Uint8Array> {
  yield lengthOf(length * WORD_BYTES);
  for (const array of arrays)
    for (let from = 0; from < array.length; from += CHUNK_WORDS)
      yield bytesOf(array.subarray(from, from + CHUNK_WORDS));
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(bytes);
  return length;
}

function bytesOf(array: Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Reads what these have written, in the same order. Throws `data_format` for anything else. */
export class PartReader {
  readonly #bytes: Buffer;
  #place = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  json(): unknown {
    const text = this.#part().toString('utf8');
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw malformed(cause);
    }
  }

  texts(): string[] {
    const length = this.json();
    if (typeof length !== 'number') throw malformed();
    const found: string[] = [];
    while (found.length < length) {
      const some = this.json();
      if (!Array.isArray(some) || some.length === 0) throw malformed();
      for (const text of some) found.push(String(text));
    }
    return found;
  }

  /** A copy, because the bytes may begin at any address. */
  words(): Uint32Array {
    const part = this.#part();
    const array = new Uint32Array(Math.floor(part.byteLength / WORD_BYTES));
    bytesOf(array).set(part.subarray(0, array.byteLength));
    return array;
  }

  /** Everything was read. */
  end(): void {
    if (this.#place !== this.#bytes.byteLength) throw malformed();
  }

  #part(): Buffer {
    const from = this.#place + LENGTH_BYTES;
    if (from > this.#bytes.byteLength) throw malformed();
    const end = from + this.#bytes.readUInt32LE(this.#place);
    if (end > this.#bytes.byteLength) throw malformed();
    this.#place = end;
    return this.#bytes.subarray(from, end);
  }
}

export function malformed(cause?: unknown): TesseraError {
  return new TesseraError(
    'data_format',
    'this is no snapshot of recommendations of this version and settings',
    { cause },
  );
}
