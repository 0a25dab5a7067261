import {
  ANEW,
  type Directory,
  NO_NOTE,
  type PackedPart,
  type PackedParts,
  type PartListener,
  Parts,
} from '../model/parts.ts';
import { endOfPacked, packedArray } from './skip-packed.ts';

/*
 * Parts of an entry as one run of bytes: a directory (of each part its key, a note where its kind has any, and how many bytes it takes), and
 * behind it the parts. Equal parts under equal keys have equal bytes, whichever of them were made anew.
 */
export interface Packing {
  pack(value: unknown): Uint8Array;
  unpack(bytes: Uint8Array, range: { readonly start: number; readonly end: number }): unknown;
}

/** How a part looks packed. */
export interface PartForm<Part> {
  /** Undefined of what need not be kept. */
  encode(part: Part): unknown;
  decode(data: unknown): Part;
  /** A number that somebody wants to know without the part; absent where nobody does. */
  readonly noteOf?: (part: Part) => number | undefined;
}

/** What turns parts into bytes and back. */
export interface Means<Part> {
  readonly form: PartForm<Part>;
  readonly packing: Packing;
}

export function unpackParts<Key extends string | number, Part>(
  bytes: Uint8Array,
  means: Means<Part>,
): Parts<Key, Part> {
  return new Parts<Key, Part>(new StoredParts(bytes, means));
}

/** The bytes of those that are wanted, in this order; from here on the parts rest on them. */
export function packParts<Key extends string | number, Part>(
  parts: Parts<Key, Part>,
  wanted: readonly Key[],
  means: Means<Part>,
): Uint8Array {
  const writer = new PartWriter<Key, Part>(means);
  const bytes = writer.finish(parts.tell(wanted, writer));
  parts.settle(new StoredParts(bytes, means));
  return bytes;
}

class StoredParts<Key extends string | number, Part> implements PackedParts<Key, Part> {
  readonly bytes: Uint8Array;
  readonly #means: Means<Part>;

  constructor(bytes: Uint8Array, means: Means<Part>) {
    this.bytes = bytes;
    this.#means = means;
  }

  directory(): Directory<Key> {
    const { form, packing } = this.#means;
    let start = endOfPacked(this.bytes, 0);
    // Written by PartWriter, and protected by the checksum of the entry.
    const rows = packing.unpack(this.bytes, { start: 0, end: start }) as (Key | number)[];
    const columns = form.noteOf === undefined ? 2 : 3;
    const directory: Directory<Key> = { keys: [], starts: [], ends: [], notes: [] };
    for (let at = 0; at < rows.length; at += columns) {
      const end = start + (rows[at + columns - 1] as number);
      directory.keys.push(rows[at] as Key);
      directory.starts.push(start);
      directory.ends.push(end);
      directory.notes.push(columns === 2 ? NO_NOTE : (rows[at + 1] as number));
      start = end;
    }
    return directory;
  }

  unpack(start: number, end: number): Part {
    const { form, packing } = this.#means;
    return form.decode(packing.unpack(this.bytes, { start, end }));
  }
}

const NOTHING = new Uint8Array();
/** Below it, a call costs more than the loop. */
const CALL_BYTES = 64;

class PartWriter<Key extends string | number, Part> implements PartListener<Key, Part> {
  readonly #means: Means<Part>;
  readonly #directory: (Key | number)[] = [];
  /** Where the length of each part stands in the directory. */
  readonly #lengths: number[] = [];
  /** Where each part begins in the old bytes; below zero if it is packed anew. */
  readonly #starts: number[] = [];
  readonly #changed: unknown[] = [];

  constructor(means: Means<Part>) {
    this.#means = means;
  }

  kept(key: Key, { start, end, note }: PackedPart): void {
    this.#list(key, note, { start, length: end - start });
  }

  changed(key: Key, part: Part): void {
    const { form } = this.#means;
    const data = form.encode(part);
    if (data === undefined) return;
    this.#changed.push(data);
    // How long it is comes out when all are packed at once.
    this.#list(key, form.noteOf?.(part) ?? NO_NOTE, { start: ANEW, length: 0 });
  }

  #list(
    key: Key,
    note: number,
    { start, length }: { readonly start: number; readonly length: number },
  ): void {
    this.#directory.push(key);
    if (this.#means.form.noteOf !== undefined) this.#directory.push(note);
    this.#lengths.push(this.#directory.length);
    this.#directory.push(length);
    this.#starts.push(start);
  }

  finish(old: Uint8Array): Uint8Array {
    const { pack } = this.#means.packing;
    const anew = this.#changed.length === 0 ? NOTHING : pack(this.#changed);
    const first = packedArray(anew)?.from ?? 0;
    const length = this.#measure(anew, first);
    const directory = pack(this.#directory);
    const bytes = new Uint8Array(directory.byteLength + length);
    bytes.set(directory);
    let at = directory.byteLength;
    let from = first;
    for (let n = 0; n < this.#starts.length; n++) {
      const start = this.#starts[n] as number;
      const size = this.#directory[this.#lengths[n] as number] as number;
      if (start !== ANEW) copy(old, { start, size }, bytes, at);
      else {
        copy(anew, { start: from, size }, bytes, at);
        from += size;
      }
      at += size;
    }
    return bytes;
  }

  /** Writes down how long the parts are that were packed anew; answers how long all are together. */
  #measure(anew: Uint8Array, first: number): number {
    let from = first;
    let length = 0;
    for (let n = 0; n < this.#starts.length; n++) {
      const place = this.#lengths[n] as number;
      if (this.#starts[n] === ANEW) {
        const end = endOfPacked(anew, from);
        this.#directory[place] = end - from;
        from = end;
      }
      length += this.#directory[place] as number;
    }
    return length;
  }
}

function copy(
  source: Uint8Array,
  { start, size }: { readonly start: number; readonly size: number },
  target: Uint8Array,
  at: number,
): void {
  if (size >= CALL_BYTES) target.set(source.subarray(start, start + size), at);
  else for (let n = 0; n < size; n++) target[at + n] = source[start + n] as number;
}
