/**
 * Decompression of LZ-string, which GrowingIO's browser library compresses with: LZ78 over UTF-16 units, where each
 * entry of the dictionary is an earlier one and its next unit. Codes are as wide as the dictionary needs, lowest bit
 * first; 0 and 1 introduce a new unit of 8 or 16 bits, 2 is the end. Format: github.com/pieroxy/lz-string.
 */
import { TesseraError } from '../../../errors.ts';
import { limits } from '../../../limits.ts';

const URI_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$';
const UNIT_8 = 0;
const END = 2;
/** The first code of an entry; the ones below have meanings of their own. */
const FIRST_ENTRY = 3;

/** The text of bytes: sixteen bits each two of them, high byte first. Fails with `unreadable_body`. */
export function decompressBytes(bytes: Uint8Array): string {
  return decompress(new BitReader(bytes.length * 8, (at) => (bytes[at >> 3]! >> (7 - (at & 7))) & 1));
}

/** The text of a part of an address, six bits each character. Fails with `unreadable_body`. */
export function decompressUriPart(text: string): string {
  const sixes = Uint8Array.from(text.replaceAll(' ', '+'), (character) => {
    const value = URI_ALPHABET.indexOf(character);
    if (value < 0) throw damaged();
    return value;
  });
  return decompress(
    new BitReader(sixes.length * 6, (at) => (sixes[Math.floor(at / 6)]! >> (5 - (at % 6))) & 1),
  );
}

class BitReader {
  #at = 0;
  readonly #bits: number;
  readonly #bitAt: (at: number) => number;
  /**
   * How long the text may become: as with gzip, an absolute size and a ratio. The size is that of a body which is not
   * compressed, because this runs on the thread that answers everybody.
   */
  readonly unitsMax: number;

  constructor(bits: number, bitAt: (at: number) => number) {
    this.#bits = bits;
    this.#bitAt = bitAt;
    this.unitsMax = Math.min(limits.bodyBytesMax, (bits / 8) * limits.inflateRatioMax);
  }

  read(width: number): number {
    if (this.#at + width > this.#bits) throw damaged();
    let value = 0;
    for (let power = 0; power < width; power++) value += this.#bitAt(this.#at++) * 2 ** power;
    return value;
  }
}

function decompress(bits: BitReader): string {
  const entries: string[] = [];
  const parts: string[] = [];
  let previous: string | undefined;
  let length = 0;
  for (;;) {
    let code = bits.read(widthOf(entries.length + FIRST_ENTRY));
    if (code === END) return parts.join('');
    // Between the two others lies 1, a unit of sixteen bits.
    if (code < END) {
      entries.push(String.fromCharCode(bits.read(code === UNIT_8 ? 8 : 16)));
      code = entries.length - 1 + FIRST_ENTRY;
    }
    // The only code that may be ahead of the dictionary is that of the entry which it completes itself.
    const ahead = code === entries.length + FIRST_ENTRY && previous !== undefined;
    const part: string | undefined = ahead ? previous + previous!.charAt(0) : entries[code - FIRST_ENTRY];
    if (part === undefined) throw damaged();
    parts.push(part);
    length += part.length;
    if (length > bits.unitsMax) throw new TesseraError('body_too_large');
    if (previous !== undefined) entries.push(previous + part.charAt(0));
    previous = part;
  }
}

/** Bits of a number. */
function widthOf(value: number): number {
  return 32 - Math.clz32(value);
}

function damaged(): TesseraError {
  return new TesseraError('unreadable_body', 'The compressed data is damaged.');
}
