import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database, Key } from 'lmdb';
import * as lmdb from 'lmdb';
import { limits } from '../../limits.ts';
import type { Environment } from './environment.ts';

/*
 * LMDB never overwrites what is deleted or changed: the old page becomes free, and pages in use have room between their
 * nodes where bytes of whatever lay there before remain, copied from one page to the next by buffers that are used again. And a
 * key that was deleted may go on parting two pages in a branch above them, or two branches further up.
 *
 * So each round takes up all free pages with zeros, which also fills the buffers with them; then it looks into every page of the
 * file, and writes the entries of those anew that still hold one of the words: a page that is written again gets a copy of
 * what is in use, and nothing else. Where a branch holds a word as a key, the entries from there on are taken out and put
 * back within one transaction, which founds their pages anew: the more of them the later the round, since the higher up the branch
 * is, the more lie below it. After two or three rounds nothing is found any more.
 *
 * Layout of a page (LMDB 1.0, as `lmdb` 3.5 builds it): a header of 24 bytes, with flags at 18 and the bytes of the table
 * of nodes at 20; the table, u16 each, counted from the end of the header; of each node the key's length at 6, the key at 8.
 */

/** Tells whether a page, one character for each byte, still holds what must be gone. */
export type Finds = (text: string) => boolean;

const PAGE_BYTES = 4096;
const HEADER_BYTES = 24;
const FLAGS_AT = 18;
const TABLE_BYTES_AT = 20;
const KEY_BYTES_AT = 6;
const KEY_AT = 8;
/** The longest key that there can be. */
const KEY_BYTES_MAX = 1_978;
const BRANCH = 1;
const LEAF = 2;
/** A value that takes a page of its own. */
const FILLING = Buffer.alloc(3_900);
const SCRATCH = '!scratch';
const FILLS_IN_VAIN = 2;

/** The library exports it and forgets to say so in its types. */
const { bufferToKeyValue } = lmdb as unknown as { bufferToKeyValue(bytes: Buffer): Key };

interface FoundPage {
  readonly isBranch: boolean;
  readonly keys: readonly Key[];
}

/** Rids the files of an environment of the words; answers how many pages still hold one in the end, which should be 0. */
export async function scrubEnvironment(environment: Environment, finds: Finds): Promise<number> {
  if ((await findPages(environment.path, finds)).length === 0) return 0;
  for (let round = 1; ; round += 1) {
    await fillFreePages(environment);
    const pages = await findPages(environment.path, finds);
    if (pages.length === 0 || round === limits.scrubRoundsMax) return pages.length;
    // A key high up parts whole branches: it goes once all entries below it have been taken out.
    const growth = limits.scrubGrowth ** (round - 1);
    const entries = limits.scrubPagesAtOnce * growth;
    const atOnce = Math.max(1, Math.floor(limits.scrubPagesAtOnce / growth));
    for (let at = 0; at < pages.length; at += atOnce) {
      rewritePages(environment, pages.slice(at, at + atOnce), { finds, entries });
      await nextTurn();
    }
  }
}

/** Writes zeros until the file grows for them: then no page was free any more. */
async function fillFreePages(environment: Environment): Promise<void> {
  const scratch = environment.database<number>(SCRATCH);
  let key = 0;
  let last = environment.lastPage();
  // At first as many as a transaction may have had in memory, whose buffers then hold zeros.
  let pages: number = limits.scrubBufferPages;
  for (let inVain = 0; inVain < FILLS_IN_VAIN; pages = limits.scrubFillPages) {
    await environment.write(() => {
      for (let n = 0; n < pages; n += 1) void scratch.put(key++, FILLING);
    });
    const now = environment.lastPage();
    inVain = now - last > pages / 2 ? inVain + 1 : 0;
    last = now;
  }
  await environment.write(() => {
    void scratch.clearAsync();
  });
}

/** Reads the file as it lies there, also what no entry leads to. */
async function findPages(path: string, finds: Finds): Promise<readonly FoundPage[]> {
  const found: FoundPage[] = [];
  const file = openSync(join(path, 'data.mdb'), 'r');
  try {
    const { size } = fstatSync(file);
    const chunk = Buffer.alloc(PAGE_BYTES * limits.scrubPagesAtOnce);
    for (let at = 0; at < size; at += chunk.byteLength) {
      const bytes = readSync(file, chunk, 0, chunk.byteLength, at);
      for (let start = 0; start + PAGE_BYTES <= bytes; start += PAGE_BYTES) {
        const page = chunk.subarray(start, start + PAGE_BYTES);
        if (finds(page.toString('latin1'))) found.push(readPage(page));
      }
      await nextTurn();
    }
  } finally {
    closeSync(file);
  }
  return found;
}

/** The keys of a page, as far as it is one: it may be a free one, or hold the rest of a large value. */
function readPage(page: Buffer): FoundPage {
  const flags = page.readUInt16LE(FLAGS_AT);
  const end = HEADER_BYTES + page.readUInt16LE(TABLE_BYTES_AT);
  const keys: Key[] = [];
  if ((flags & (BRANCH | LEAF)) === 0) return { isBranch: false, keys };
  for (let at = HEADER_BYTES; at + 2 <= Math.min(end, PAGE_BYTES); at += 2) {
    const node = HEADER_BYTES + page.readUInt16LE(at);
    if (node + KEY_AT > PAGE_BYTES) continue;
    const key = readKey(page.subarray(node + KEY_AT, node + KEY_AT + page.readUInt16LE(node + KEY_BYTES_AT)));
    if (key !== undefined) keys.push(key);
  }
  return { isBranch: (flags & BRANCH) !== 0, keys };
}

/** The first key of a branch is empty; and what looks like one in a page that is free need not be one. */
export function readKey(bytes: Buffer): Key | undefined {
  if (bytes.byteLength === 0 || bytes.byteLength > KEY_BYTES_MAX) return undefined;
  try {
    const key = bufferToKeyValue(Buffer.from(bytes));
    if (typeof key === 'number') return key;
    // What is no text grows when it is read as one, and would not fit where keys are written.
    return typeof key === 'string' && Buffer.byteLength(key) <= KEY_BYTES_MAX ? key : undefined;
  } catch {
    return undefined;
  }
}

interface Rewrite {
  readonly finds: Finds;
  /** So many are taken out and put back where a branch holds a word. */
  readonly entries: number;
}

/** Nobody knows of which database a page is, so each is asked for its keys. */
function rewritePages(
  environment: Environment,
  pages: readonly FoundPage[],
  { finds, entries }: Rewrite,
): void {
  environment.transact((databases) => {
    for (const { isBranch, keys } of pages) {
      for (const database of databases) {
        if (!isBranch) touchOne(database, keys);
        else {
          touchNext(database, keys[0]);
          for (const key of keys) if (finds(String(key))) foundAnew(database, key, entries);
        }
      }
    }
  });
}

function touchOne(database: Database<Buffer, Key>, keys: readonly Key[]): void {
  for (const key of keys) {
    const entry = database.getEntry(key);
    if (entry === undefined) continue;
    putAs(database, key, entry);
    return;
  }
}

function touchNext(database: Database<Buffer, Key>, start: Key | undefined): void {
  if (start === undefined) return;
  for (const key of database.getKeys({ start, limit: 1 })) touchOne(database, [key]);
}

function foundAnew(database: Database<Buffer, Key>, start: Key, limit: number): void {
  const entries = [...database.getKeys({ start, limit })].flatMap((key) => {
    const entry = database.getEntry(key);
    return entry === undefined ? [] : [{ key, entry: { ...entry, value: Buffer.from(entry.value) } }];
  });
  for (const { key } of entries) void database.remove(key);
  for (const { key, entry } of entries) putAs(database, key, entry);
}

interface Entry {
  readonly value: Buffer;
  readonly version?: number;
}

function putAs(database: Database<Buffer, Key>, key: Key, { value, version }: Entry): void {
  void (version === undefined ? database.put(key, value) : database.put(key, value, version));
}
