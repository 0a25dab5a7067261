import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Call, parseCalls } from '../e2e/flush-order.ts';
import type { Random } from '../e2e/support/seeded-random.ts';

interface Write {
  readonly begin: number;
  readonly end: number;
  readonly offset: number;
  readonly bytes: Buffer;
  /** Through a descriptor that flushes what it writes (O_DSYNC). */
  readonly flushed: boolean;
}

interface Flush {
  readonly begin: number;
  readonly end: number;
}

interface TracedFile {
  readonly writes: Write[];
  readonly flushes: Flush[];
  /** Where each descriptor stands, for writes that name no offset. */
  readonly positions: Map<string, number>;
}

/** What the disk may make of writes that were not flushed when the power went. */
export type Leftover = 'nothing' | 'some writes' | 'some sectors';

/** The unit that a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

/**
 * What a process wrote to the files under a directory, from a trace with all bytes (strace -f -y -xx), and what of it a disk
 * holds after the power went at some line of the trace: every write that a flush which had ended by then came
 * after, and of the others whatever the disk pleases.
 */
export class DiskTrace {
  readonly #directory: string;
  readonly #files = new Map<string, TracedFile>();
  /** Line and text of what the process and its children wrote to their output. */
  readonly said: readonly { readonly line: number; readonly text: string }[];
  readonly lines: number;

  constructor(trace: string, directory: string) {
    this.#directory = directory;
    this.lines = trace.split('\n').length;
    const calls = parseCalls(trace);
    const flushing = flushingDescriptors(calls);
    for (const call of calls) this.#take(call, flushing);
    this.said = calls
      .filter(({ name, text }) => name === 'write' && text.startsWith('write(1<'))
      .map(({ begin, text }) => ({ line: begin, text: firstString(text).toString().trim() }));
  }

  /** The files as they would be found; `random` decides about what was not flushed. */
  restore(
    line: number,
    leftover: Leftover,
    { to, random }: { readonly to: string; readonly random: Random },
  ): void {
    for (const [path, file] of this.#files) {
      const target = join(to, relative(this.#directory, path));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, contentAt(file, line, { leftover, random }));
    }
  }

  /** Writes under way or not flushed at this line. */
  open(line: number): number {
    return [...this.#files.values()].flatMap((file) =>
      file.writes.filter((write) => write.begin <= line && !isDurable(write, file, line)),
    ).length;
  }

  #take(call: Call, flushing: ReadonlySet<string>): void {
    const [, name = '', descriptor = '', hex] = /^(\w+)\((\d+)<([^>]*)>/.exec(call.text) ?? [];
    const path = unhex(hex).toString();
    if (!path.startsWith(this.#directory) || !path.endsWith('.mdb') || path.endsWith('lock.mdb')) return;
    const file: TracedFile = this.#files.get(path) ?? { writes: [], flushes: [], positions: new Map() };
    this.#files.set(path, file);
    if (name === 'fdatasync' || name === 'fsync') {
      if (call.result === '0') file.flushes.push(call);
      return;
    }
    if (name === 'lseek') file.positions.set(descriptor, Number(call.result));
    if (!name.includes('write')) return;
    const bytes = bytesOf(call);
    const offset = name.startsWith('p') ? offsetIn(call) : file.positions.get(descriptor);
    if (offset === undefined)
      throw new Error(`it is not known where a write went: ${call.text.slice(0, 200)}`);
    if (!name.startsWith('p')) file.positions.set(descriptor, offset + bytes.byteLength);
    const flushed = flushing.has(`${descriptor} ${path}`);
    file.writes.push({ begin: call.begin, end: call.end, offset, bytes, flushed });
  }
}

function flushingDescriptors(calls: readonly Call[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { name, text, path } of calls.map((call) => ({ ...call, path: opened(call.text) }))) {
    if (name === 'openat' && path !== undefined && text.includes('O_DSYNC')) found.add(path);
  }
  return found;
}

/** `25 /path` of `openat(…) = 25</path>`. */
function opened(text: string): string | undefined {
  const [, descriptor, hex] = /= (\d+)<([^>]*)>\s*$/.exec(text) ?? [];
  return descriptor === undefined ? undefined : `${descriptor} ${unhex(hex)}`;
}

function offsetIn({ text }: Call): number {
  return Number(/, (\d+)\)\s+=/.exec(text)?.[1]);
}

function bytesOf({ text, result }: Call): Buffer {
  const bytes = Buffer.concat([...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => unhex(hex)));
  if (bytes.byteLength !== Number(result)) throw new Error('the trace does not hold all bytes of a write');
  return bytes;
}

function firstString(text: string): Buffer {
  return unhex(/"((?:\\x[0-9a-f]{2})*)"/.exec(text)?.[1]);
}

function unhex(text = ''): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}

function isDurable({ end, flushed }: Write, { flushes }: TracedFile, line: number): boolean {
  if (flushed && end <= line) return true;
  return flushes.some((flush) => flush.begin > end && flush.end <= line);
}

function contentAt(
  file: TracedFile,
  line: number,
  { leftover, random }: { readonly leftover: Leftover; readonly random: Random },
): Buffer {
  const begun = file.writes.filter(({ begin }) => begin <= line);
  const size = Math.max(0, ...begun.map(({ offset, bytes }) => offset + bytes.byteLength));
  const content = Buffer.alloc(size);
  let length = 0;
  for (const write of begun) {
    const { offset, bytes } = write;
    const parts = isDurable(write, file, line) ? [{ at: 0, bytes }] : kept(bytes, leftover, random);
    for (const { at, bytes: part } of parts) {
      part.copy(content, offset + at);
      length = Math.max(length, offset + at + part.byteLength);
    }
  }
  return content.subarray(0, length);
}

function kept(bytes: Buffer, leftover: Leftover, random: Random): readonly { at: number; bytes: Buffer }[] {
  if (leftover === 'nothing') return [];
  if (leftover === 'some writes') return random.between(0, 1) === 0 ? [] : [{ at: 0, bytes }];
  const sectors = Math.ceil(bytes.byteLength / SECTOR_BYTES);
  return Array.from({ length: sectors }, (_, n) => n * SECTOR_BYTES)
    .filter(() => random.between(0, 1) === 1)
    .map((at) => ({ at, bytes: bytes.subarray(at, at + SECTOR_BYTES) }));
}
