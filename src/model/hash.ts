/**
 * A stable 53-bit hash of a text, as an integer that a JavaScript number holds exactly. Two 32-bit lanes take
 * every UTF-16 unit with different odd multipliers and are finished by xor-shifts, so that the high bits are as
 * even as distinct counts need. Partitions and stored sketches go by it, so it never changes. It is no protection against people who choose their texts.
 */
export function hash53(text: string): number {
  let low = 0x9e3779b9;
  let high = 0x7f4a7c15;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x2c1b3c6d);
    low ^= low >>> 15;
    high = Math.imul(high + unit, 0x297a2d39);
    high ^= high >>> 13;
  }
  low = finish(low ^ Math.imul(high, 0x1b56c4e9) ^ text.length);
  high = finish(high ^ low);
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
}

/** Number of values that the hash can take. */
export const HASH_RANGE = 2 ** 53;

function finish(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x21f0aaad);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
