import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/*
 * LMDB maps its file into memory and believes what it says: a file that is none of its kind, or that ends too early, ends the
 * process by a signal instead of an error. So its two meta pages are read first, as lmdb 3.5 writes them: behind a page
 * header of 24 bytes the magic number, then the two databases that everything hangs on, 48 bytes each, with how large a page is and
 * the page of their root, and the number of the transaction. Both roots must be in the file; the last page of a transaction
 * need not be, where it was free again at its end.
 */
const META_BYTES = 136;
const HEADER_BYTES = 24;
const MAGIC = 0xbe_ef_c0_de;
const PAGE_SIZE_AT = HEADER_BYTES + 24;
const ROOTS_AT = [HEADER_BYTES + 24 + 40, HEADER_BYTES + 72 + 40] as const;
/** Of a database that holds nothing. */
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const TRANSACTION_AT = HEADER_BYTES + 128;

interface Meta {
  readonly pageBytes: number;
  readonly roots: readonly number[];
  readonly transaction: bigint;
}

/** Why the environment in this directory must not be opened, in words; undefined where it may be, or where there is none. */
export function faultOfEnvironment(directory: string): string | undefined {
  const path = join(directory, 'data.mdb');
  if (!existsSync(path)) return undefined;
  const descriptor = openSync(path, 'r');
  try {
    const first = readMeta(descriptor, 0);
    if (first === undefined) return `${path} is no file of LMDB`;
    const second = readMeta(descriptor, first.pageBytes) ?? first;
    const { roots, pageBytes } = second.transaction > first.transaction ? second : first;
    const least = (Math.max(1, ...roots) + 1) * pageBytes;
    // Asked for last: while somebody writes it grows.
    const { size } = fstatSync(descriptor);
    return least <= size ? undefined : `${path} is cut: it has ${size} bytes of at least ${least}`;
  } finally {
    closeSync(descriptor);
  }
}

function readMeta(descriptor: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(HEADER_BYTES + META_BYTES);
  const length = readSync(descriptor, bytes, 0, bytes.length, at);
  if (length < bytes.length || bytes.readUInt32LE(HEADER_BYTES) !== MAGIC) return undefined;
  const pageBytes = bytes.readUInt32LE(PAGE_SIZE_AT);
  if (pageBytes < 256 || (pageBytes & (pageBytes - 1)) !== 0) return undefined;
  return {
    pageBytes,
    roots: ROOTS_AT.map((place) => bytes.readBigUInt64LE(place))
      .filter((page) => page !== NO_PAGE)
      .map(Number),
    transaction: bytes.readBigUInt64LE(TRANSACTION_AT),
  };
}
