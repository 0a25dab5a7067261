import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from '../../errors.ts';
import { createDirectory } from './durable-file.ts';

/*
 * One process per data directory, without the operating system's help: Node offers no file locks.
 *
 * The lock is a file `lock.<n>` that names its holder. A file whose holder is gone is never replaced, because two
 * processes could do that to each other; instead the next number is claimed. Claiming is link(2): it fails if the
 * name exists, and the content appears with the name, so a claim is never seen half-written. Only the holder of n
 * deletes lower numbers. So whoever could claim n although it had been claimed before was so slow that a higher
 * number exists by now, and finds it when it looks again. Exactly one of several that start at once gets through.
 *
 * A process id alone may be given anew after a crash; on Linux the holder is known by boot, start time and id.
 * What this cannot see: two machines or containers with separate process tables on one volume.
 */

export interface DirectoryLock {
  /** Lets another process in. Idempotent. */
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** Boot and start time where the system tells them, else empty. */
  readonly started: string;
  /** Tells apart two locks of one process. */
  readonly claim: string;
}

const LOCK_NAME = /^lock\.(\d+)$/;

/** What a released lock leaves in a directory is no data. */
export function isLockFile(name: string): boolean {
  return LOCK_NAME.test(name);
}
const ATTEMPTS_MAX = 100;

/** Fails with `data_directory_locked` while another live process (or this one) holds the directory. */
export function lockDirectory(directory: string): DirectoryLock {
  createDirectory(directory);
  const holder: Holder = { pid: process.pid, started: startOf(process.pid) ?? '', claim: randomUUID() };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const current = highest(directory);
    if (current > 0) refuseIfHeld(directory, current);
    const next = current + 1;
    if (!claim(directory, next, holder)) continue;
    if (highest(directory) !== next) {
      rmSync(lockPath(directory, next), { force: true });
      continue;
    }
    removeBelow(directory, next);
    return { release: () => release(directory, next, holder) };
  }
  throw new TesseraError('data_directory_locked', `too many processes try to open ${directory}`);
}

function refuseIfHeld(directory: string, number: number): void {
  const holder = readHolder(lockPath(directory, number));
  if (holder === undefined || !isAlive(holder)) return;
  throw new TesseraError('data_directory_locked', `process ${holder.pid} uses ${directory}`);
}

/** False when somebody else has this number. */
function claim(directory: string, number: number, holder: Holder): boolean {
  const draft = join(directory, `lock-draft-${holder.claim}`);
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    linkSync(draft, lockPath(directory, number));
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw new TesseraError('data_directory_locked', `cannot lock ${directory}`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The file stays, empty: numbers must never start anew while a slow process may still hold an old one in mind. */
function release(directory: string, number: number, holder: Holder): void {
  const path = lockPath(directory, number);
  if (readHolder(path)?.claim === holder.claim) writeFileSync(path, '');
}

function highest(directory: string): number {
  let found = 0;
  for (const name of readdirSync(directory)) {
    const match = LOCK_NAME.exec(name);
    if (match !== null) found = Math.max(found, Number(match[1]));
  }
  return found;
}

function removeBelow(directory: string, number: number): void {
  for (const name of readdirSync(directory)) {
    const match = LOCK_NAME.exec(name);
    if (match !== null && Number(match[1]) < number) rmSync(join(directory, name), { force: true });
  }
}

/** Undefined when the lock was released, vanished meanwhile, or cannot be read: then nobody holds it. */
function readHolder(path: string): Holder | undefined {
  const text = readIfThere(path);
  if (text === undefined || text === '') return undefined;
  const value: unknown = JSON.parse(text);
  return isHolder(value) ? value : undefined;
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, started, claim }: Partial<Record<keyof Holder, unknown>> = value;
  return typeof pid === 'number' && typeof started === 'string' && typeof claim === 'string';
}

function isAlive(holder: Holder): boolean {
  if (!processExists(holder.pid)) return false;
  const started = startOf(holder.pid);
  return started === undefined || holder.started === '' || started === holder.started;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    if (hasCode(error, 'EPERM')) return true;
    if (hasCode(error, 'ESRCH')) return false;
    throw new TesseraError('data_directory_locked', `cannot look at process ${pid}`, { cause: error });
  }
}

/** Boot id and start time in clock ticks (field 22 of /proc/<pid>/stat); undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  const boot = readIfThere('/proc/sys/kernel/random/boot_id');
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (boot === undefined || stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold anything, spaces and parentheses included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${boot.trim()} ${fields[19] ?? ''}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined;
    throw new TesseraError('data_directory_locked', `cannot read ${path}`, { cause: error });
  }
}

function lockPath(directory: string, number: number): string {
  return join(directory, `lock.${number}`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
