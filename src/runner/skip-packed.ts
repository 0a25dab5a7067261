import { TesseraError } from '../errors.ts';

/*
 * Where a value of MessagePack ends (https://github.com/msgpack/msgpack/blob/master/spec.md), without making anything of it: so what nobody
 * asks of an entry need not be decoded.
 */

/** Formats 0xc0 to 0xdf: bytes behind the first one, or how many bytes say the length of what follows, and what each of it is. */
type Form =
  | { readonly fixed: number }
  | { readonly lengthBytes: 1 | 2 | 4; readonly more: number; readonly of: 'bytes' | 'values' | 'pairs' };

const fixed = (bytes: number): Form => ({ fixed: bytes });
const long = (lengthBytes: 1 | 2 | 4, of: 'bytes' | 'values' | 'pairs', more = 0): Form => ({
  lengthBytes,
  more,
  of,
});

const FORMS: readonly Form[] = [
  ...[fixed(0), fixed(0), fixed(0), fixed(0)],
  ...[long(1, 'bytes'), long(2, 'bytes'), long(4, 'bytes')],
  ...[long(1, 'bytes', 1), long(2, 'bytes', 1), long(4, 'bytes', 1)],
  ...[fixed(4), fixed(8), fixed(1), fixed(2), fixed(4), fixed(8), fixed(1), fixed(2), fixed(4), fixed(8)],
  ...[fixed(2), fixed(3), fixed(5), fixed(9), fixed(17)],
  ...[long(1, 'bytes'), long(2, 'bytes'), long(4, 'bytes')],
  ...[long(2, 'values'), long(4, 'values'), long(2, 'pairs'), long(4, 'pairs')],
];

const FIRST_FORM = 0xc0;

/** Where the value that begins there ends; throws `data_format` where the bytes do not hold all of it. */
export function endOfPacked(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let left = 1; left > 0; left--) {
    const first = bytes[at++];
    if (first === undefined) throw cut();
    if (first < 0x80 || first >= 0xe0) continue;
    if (first < 0x90) left += 2 * (first & 0x0f);
    else if (first < 0xa0) left += first & 0x0f;
    else if (first < 0xc0) at += first & 0x1f;
    else {
      // All of 0xc0 to 0xdf have one.
      const form = FORMS[first - FIRST_FORM] as Form;
      if ('fixed' in form) at += form.fixed;
      else {
        const length = numberAt(bytes, at, form.lengthBytes);
        at += form.lengthBytes + form.more;
        if (form.of === 'bytes') at += length;
        else left += form.of === 'pairs' ? 2 * length : length;
      }
    }
  }
  if (at > bytes.byteLength) throw cut();
  return at;
}

/** How many values a packed array has, and where the first one begins; undefined of anything else. */
export function packedArray(
  bytes: Uint8Array,
): { readonly length: number; readonly from: number } | undefined {
  const [first = 0] = bytes;
  if ((first & 0xf0) === 0x90) return { length: first & 0x0f, from: 1 };
  if (first === 0xdc) return { length: numberAt(bytes, 1, 2), from: 3 };
  return undefined;
}

function numberAt(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let n = at; n < at + length; n++) value = value * 256 + (bytes[n] ?? 0);
  return value;
}

function cut(): TesseraError {
  return new TesseraError('data_format', 'an entry ends in the middle of a value');
}
