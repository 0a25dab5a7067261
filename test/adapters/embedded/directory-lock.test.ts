import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../../src/adapters/embedded/directory-lock.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const CHILD = fileURLToPath(new URL('./lock-child.ts', import.meta.url));
const LOCKED = expect.objectContaining({ code: 'data_directory_locked' });

describe('the lock of a data directory', () => {
  let directory: TemporaryDirectory;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    directory = createTemporaryDirectory();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await end(child);
    directory.remove();
  });

  /** Starts another process that locks the directory; its first line says how it went. */
  async function start(): Promise<{ readonly child: ChildProcess; readonly answer: string }> {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, directory.path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines = createInterface({ input: child.stdout });
    const [answer]: unknown[] = await once(lines, 'line');
    return { child, answer: String(answer) };
  }

  it('refuses a second lock in the same process, and gives way once released', () => {
    const lock = lockDirectory(directory.path);
    expect(() => lockDirectory(directory.path)).toThrowError(LOCKED);
    lock.release();
    lock.release();
    const next = lockDirectory(directory.path);
    lock.release();
    expect(() => lockDirectory(directory.path)).toThrowError(LOCKED);
    next.release();
  });

  it('leaves one file behind, however often it is locked', () => {
    for (let n = 0; n < 5; n += 1) lockDirectory(directory.path).release();
    expect(readdirSync(directory.path)).toHaveLength(1);
  });

  it('refuses while another process lives, and not after it was killed', async () => {
    const { child, answer } = await start();
    expect(answer).toBe('locked');
    expect(() => lockDirectory(directory.path)).toThrowError(LOCKED);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockDirectory(directory.path).release();
  });

  it('lets exactly one of several that start at once through, over the lock of a dead one', async () => {
    const first = await start();
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const answers = (await Promise.all([start(), start(), start(), start()])).map(({ answer }) => answer);
    expect(answers.filter((answer) => answer === 'locked')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'data_directory_locked')).toHaveLength(3);
  });

  it.skipIf(process.platform !== 'linux')(
    'is not deceived by a process that was given the id of a dead holder (start times are known on Linux only)',
    () => {
      const holder = { pid: process.pid, started: 'another boot 12345', claim: 'x' };
      writeFileSync(join(directory.path, 'lock.7'), JSON.stringify(holder));
      lockDirectory(directory.path).release();
      expect(readdirSync(directory.path)).toEqual(['lock.8']);
    },
  );
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
