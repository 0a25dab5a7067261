import { spawnSync } from 'node:child_process';
import { constants, getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('./tuned-child.ts', import.meta.url));

interface Seen {
  readonly own: number;
  readonly helpers: readonly number[];
  readonly pool: readonly number[];
}

function tuned(flags: readonly string[] = [], nice: readonly string[] = []): Seen {
  const [command = '', ...args] = [...nice, process.execPath, ...flags, '--import', 'tsx', CHILD];
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Seen;
}

/** Threads have a priority of their own on Linux only. */
const onLinux = process.platform === 'linux';
const usual = getPriority();
const nicest = constants.priority.PRIORITY_LOW;

describe("V8's helpers", () => {
  it.runIf(onLinux)(
    'give way, and nobody else does: not the thread of JavaScript, not those of files',
    () => {
      const { own, helpers, pool } = tuned();
      expect(own).toBe(usual);
      expect(helpers.length).toBeGreaterThan(0);
      expect(new Set(helpers)).toEqual(new Set([Math.min(nicest, usual + 10)]));
      expect(pool.length).toBeGreaterThan(0);
      expect(new Set(pool)).toEqual(new Set([usual]));
    },
  );

  it.runIf(onLinux)('are left alone where they are not told from others', () => {
    const { own, helpers, pool } = tuned(['--v8-pool-size=2']);
    expect(new Set([own, ...helpers, ...pool])).toEqual(new Set([usual]));
  });

  it.runIf(onLinux)('become nicer still where the process was started nice', () => {
    const { own, helpers, pool } = tuned([], ['nice', '-n', '15']);
    expect(new Set([own, ...pool])).toEqual(new Set([Math.min(nicest, usual + 15)]));
    expect(new Set(helpers)).toEqual(new Set([nicest]));
  });
});

describe('a start', () => {
  it('compiles little, until it has much to do', () => {
    const child = fileURLToPath(new URL('./compiling-child.ts', import.meta.url));
    const flags = ['--allow-natives-syntax', '--import', 'tsx', child];
    const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ before: false, after: true });
  });
});
