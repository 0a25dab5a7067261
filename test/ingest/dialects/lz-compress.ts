/**
 * The other direction of `src/ingest/dialects/growingio/lz-string.ts`, for its tests: LZ-string compression
 * (github.com/pieroxy/lz-string) of a text into bits.
 */
export function compressToBits(text: string): readonly number[] {
  const bits = new BitList();
  const codes = new Map<string, number>();
  const unseen = new Set<string>();
  const emit = (part: string): void => {
    if (unseen.delete(part)) {
      const unit = part.charCodeAt(0);
      bits.code(unit < 256 ? 0 : 1);
      bits.put(unit, unit < 256 ? 8 : 16);
      bits.count();
    } else bits.code(codes.get(part) ?? 0);
    bits.count();
  };
  let part = '';
  let next = 3;
  for (const unit of text.split('')) {
    if (!codes.has(unit)) {
      codes.set(unit, next++);
      unseen.add(unit);
    }
    if (codes.has(part + unit)) {
      part += unit;
      continue;
    }
    emit(part);
    codes.set(part + unit, next++);
    part = unit;
  }
  if (part !== '') emit(part);
  bits.code(2);
  return bits.list;
}

/** Codes get one bit wider whenever as many entries were made as the width has room for. */
class BitList {
  readonly list: number[] = [];
  #width = 2;
  #room = 2;

  put(value: number, width: number): void {
    for (let i = 0; i < width; i++) this.list.push((value >> i) & 1);
  }

  code(value: number): void {
    this.put(value, this.#width);
  }

  count(): void {
    this.#room -= 1;
    if (this.#room > 0) return;
    this.#room = 2 ** this.#width;
    this.#width += 1;
  }
}

/** Sixteen bits in two bytes, the high one first. */
export function toBytes(bits: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits.length / 16) * 2);
  bits.forEach((bit, i) => {
    bytes[i >> 3]! |= bit << (7 - (i & 7));
  });
  return bytes;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$';

/** Six bits a character. */
export function toUriPart(bits: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bits.length; i += 6) {
    let value = 0;
    for (let n = 0; n < 6; n++) value = value * 2 + (bits[i + n] ?? 0);
    text += ALPHABET[value];
  }
  return text;
}
