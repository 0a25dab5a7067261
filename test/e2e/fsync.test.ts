import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openLog } from '../../src/adapters/embedded/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { TesseraError } from '../../src/errors.ts';
import type { Log } from '../../src/ports/log.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { readFlushOrder } from './flush-order.ts';

const CHILD = fileURLToPath(new URL('./append-child.ts', import.meta.url));
const CODES = { full: 'log_full', failed: 'log_unavailable' } as const;
const RECORDS = 50;
const TRACED = 'trace=fdatasync,fsync,msync,write,pwrite64,pwritev,openat';

const canTrace = spawnSync('strace', ['-o', '/dev/null', '-e', 'trace=write', 'true']).status === 0;

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = createTemporaryDirectory();
});
afterEach(() => directory.remove());

function logPath(): string {
  return join(realpathSync(directory.path), 'log');
}

/** Runs the appending child under strace; answers its output lines and the trace. */
function traced(extra: readonly string[]): { readonly lines: readonly string[]; readonly trace: string } {
  const traceFile = join(directory.path, 'trace');
  const { stdout } = spawnSync(
    'strace',
    ['-f', '-y', '-o', traceFile, '-e', TRACED, ...extra, ...child(RECORDS)],
    // One thread does all flushes: strace counts injected calls per thread.
    { encoding: 'utf8', env: { ...process.env, UV_THREADPOOL_SIZE: '1' } },
  );
  return { lines: stdout.trim().split('\n'), trace: readFileSync(traceFile, 'utf8') };
}

function child(records: number): readonly string[] {
  return [process.execPath, '--import', 'tsx', CHILD, logPath(), String(records)];
}

async function reopened<T>(use: (log: Log) => Promise<T>): Promise<T> {
  const environment = new Environment(logPath(), CODES);
  const log = openLog(environment, 'main', { clock: createManualClock(0) });
  try {
    return await use(log);
  } finally {
    await log.close();
    await environment.close();
  }
}

async function storedRecords(log: Log): Promise<readonly string[]> {
  return (await log.read(0, 100_000)).flatMap((message) => message.records.map(String));
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `record ${n + 1}`);
}

describe.skipIf(!canTrace)('durability, seen from the system calls (needs strace that may trace)', () => {
  it('flushes the log between each acknowledgement and the one before it', () => {
    const { lines, trace } = traced([]);
    expect(lines).toEqual(numbered(RECORDS).map((_, n) => `ack ${n + 1}`));
    const dataFile = join(logPath(), 'data.mdb');
    expect(readFlushOrder(trace, dataFile)).toEqual({
      acks: RECORDS,
      violations: [],
      flushesAfterFailure: 0,
    });

    // The check itself must be able to fail: without the flushes, each acknowledgement is one too early.
    const withoutFlushes = trace.replaceAll(/^.*fdatasync.*$/gm, '');
    expect(readFlushOrder(withoutFlushes, dataFile).violations).toHaveLength(RECORDS);
  });

  it('makes the names of new files and directories durable before the first acknowledgement', () => {
    const { trace } = traced([]);
    const beforeFirst = trace.slice(0, trace.indexOf('"ack 1'));
    const root = realpathSync(directory.path);
    for (const path of [root, join(root, 'log')]) {
      expect(beforeFirst).toMatch(new RegExp(`fsync\\(\\d+<${path}>\\)\\s+= 0`));
    }
  });

  it('acknowledges nothing from the first failed flush on, and never tries that flush again', async () => {
    const good = 20;
    const { lines, trace } = traced(['-e', `inject=fdatasync:error=EIO:when=${good + 1}+`]);
    const expected = numbered(RECORDS).map((_, n) =>
      n < good ? `ack ${n + 1}` : `refused ${n + 1} log_unavailable`,
    );
    expect(lines).toEqual(expected);
    const order = readFlushOrder(trace, join(logPath(), 'data.mdb'));
    expect(order).toEqual({ acks: good, violations: [], flushesAfterFailure: 0 });
    expect(await reopened(storedRecords)).toEqual(numbered(good));
  });

  it('refuses with log_full while the medium has no room, and acknowledges nothing of it', async () => {
    const good = 20;
    const { lines } = traced(['-e', `inject=fdatasync:error=ENOSPC:when=${good + 1}..${good + 5}`]);
    const expected = numbered(RECORDS).map((_, n) =>
      n >= good && n < good + 5 ? `refused ${n + 1} log_full` : `ack ${n + 1}`,
    );
    expect(lines).toEqual(expected);
    const acknowledged = numbered(RECORDS).filter((_, n) => n < good || n >= good + 5);
    expect(await reopened(storedRecords)).toEqual(acknowledged);
  });
});

describe('durability against SIGKILL', () => {
  it.each([3, 40, 170])('has every record that was acknowledged before the kill (after %i)', async (acks) => {
    const [command = '', ...rest] = child(100_000);
    const running = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    let last = 0;
    for await (const line of createInterface({ input: running.stdout })) {
      last = Number(line.slice('ack '.length));
      if (last === acks) running.kill('SIGKILL');
    }
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
    expect(last).toBeGreaterThanOrEqual(acks);
    const stored = await reopened(storedRecords);
    expect(stored.length, 'one append may have been flushed but not answered').toBeLessThanOrEqual(last + 1);
    expect(stored.slice(0, last)).toEqual(numbered(last));
  });
});

describe('a full disk', () => {
  it('refuses with log_full, keeps what was acknowledged, reads on, and takes appends again after a trim', async (context) => {
    mkdirSync(logPath());
    if (!mountSmall(logPath())) context.skip('a small file system cannot be mounted here');
    try {
      const record = (n: number): Buffer => Buffer.alloc(100_000, n);
      const accepted = await reopened(async (log) => {
        let count = 0;
        for (;;) {
          const refusal = await refusalOf(log.append([record(count)]));
          if (refusal === 'log_full') break;
          expect(refusal).toBeUndefined();
          count += 1;
        }
        expect(await refusalOf(log.append([record(0)]))).toBe('log_full');
        expect(log.stats().lastSeq).toBe(count);
        return count;
      });
      expect(accepted).toBeGreaterThan(20);
      await reopened(async (log) => {
        const messages = await log.read(0, 1_000);
        expect(messages).toHaveLength(accepted);
        const intact = messages.every(
          (message, n) => Buffer.compare(message.records[0] ?? record(255), record(n)) === 0,
        );
        expect(intact).toBe(true);
        await log.trim(accepted - 5);
        for (let n = 0; n < 10; n += 1) expect(await refusalOf(log.append([record(n)]))).toBeUndefined();
        expect(log.stats()).toMatchObject({ firstSeq: accepted - 4, lastSeq: accepted + 10 });
      });
    } finally {
      execFileSync('umount', [logPath()]);
    }
  });
});

function mountSmall(path: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path]).status === 0;
}

async function refusalOf(appending: Promise<unknown>): Promise<string | undefined> {
  try {
    await appending;
    return undefined;
  } catch (error) {
    if (error instanceof TesseraError) return error.code;
    throw error;
  }
}
