import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The benches read CPU time and memory from /proc. */
const withoutProc = process.platform === 'linux' ? false : 'there is no /proc here';

describe.skipIf(withoutProc)(`the benches${withoutProc ? ` (${withoutProc})` : ''}`, () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tessera-bench-smoke-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs a bench with tiny counts; it fails by itself where the engine does not hold what was sent. */
  async function bench(script: string, flags: readonly string[]): Promise<Record<string, unknown>> {
    const json = join(directory, `${script}.json`);
    const args = ['--import', 'tsx', join(ROOT, 'benchmarks', `${script}.ts`), ...flags, '--json', json];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    return JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>;
  }

  /** Rows of the ratio suite with a slice each: they check by themselves that every engine holds what was sent. */
  async function rows(
    numbers: string,
  ): Promise<readonly { readonly row: number; readonly values: number[] }[]> {
    const { ratios } = await bench('run', [
      '--quick',
      '--requests',
      '20',
      '--people',
      '20',
      '--rows',
      numbers,
    ]);
    return ratios as readonly { readonly row: number; readonly values: number[] }[];
  }

  it.each([
    ['the tail and many triggers', '6,7', [6, 6, 7]],
    ['recommendations and a replay of the log', '8,9', [8, 9]],
  ])(
    'measure %s on a data directory',
    async (_, numbers, expected) => {
      const ratios = await rows(numbers);
      expect(ratios.map(({ row }) => row)).toEqual(expected);
      for (const { values } of ratios) expect(values).toHaveLength(1);
    },
    120_000,
  );

  describeWith(['redis-server', 'nats-server'], 'of the ratio suite with servers', () => {
    it('measure the engine beside all rivals, on a data directory and on servers', async () => {
      const ratios = await rows('1');
      expect(ratios.map(({ row }) => row)).toEqual([1, 1, 2, 2, 2, 2, 3, 3, 5, 5]);
    }, 120_000);

    it('measure few known profiles and many, in LMDB and in Redis', async () => {
      const ratios = await rows('4');
      expect(ratios.map(({ row }) => row)).toEqual([4, 4, 4, 4]);
    }, 120_000);

    it('measure one process and two', async () => {
      expect((await rows('10')).map(({ row }) => row)).toEqual([10]);
    }, 120_000);

    it('say what profiles take', async () => {
      const { held } = await bench('memory', ['--profiles', '300', '--forms', 'LMDB', '--requests', '20']);
      expect(held).toMatchObject([{ where: 'LMDB, state' }, { where: 'LMDB, data keys and log' }]);
    }, 120_000);
  });

  it('hold a rate for a while, and look at what the engine holds meanwhile', async () => {
    const flags = ['--minutes', '0.02', '--every', '1', '--people', '20', '--requests', '20'];
    const { looks } = await bench('soak', flags);
    // A slice may end before the time is over, and then another one follows.
    const [first, ...more] = looks as readonly unknown[];
    for (const look of [first, ...more])
      expect(look).toMatchObject({ rssMb: expect.any(Number), loopDelayP99Ms: expect.any(Number) });
  }, 120_000);

  it('draw where the time of batches and of single events goes', async () => {
    const script = join(ROOT, 'benchmarks', 'profile.ts');
    const flags = ['--requests', '200', '--people', '20', '--out', directory, '--folded', directory];
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...flags], {
      cwd: ROOT,
      stdio: 'ignore',
    });
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    for (const name of ['batches', 'single-events']) {
      expect(readFileSync(join(directory, `flame-${name}.svg`), 'utf8')).toContain('ingest/admit.js');
      expect(readFileSync(join(directory, `${name}.folded`), 'utf8')).toMatch(/;fold [^;]+;.* \d+$/m);
    }
  }, 120_000);

  describeWith(['redis-server', 'nats-server'], 'of several nodes', () => {
    it('measure one node and two in pairs, and find every event in state and history of both', async () => {
      const tiny = ['--people', '20', '--batches', '2', '--singles', '10', '--idle', '1'];
      const result = await bench('nodes', ['--pairs', '1', '--warm', '0', '--nodes', '2', ...tiny]);
      // Two introductions of each person, and one slice.
      expect(result).toMatchObject({ sent: 40 + 210, pairs: [{}], idle: [{}, {}] });
    });
  });

  describeWith(['chromium'], 'of the console', () => {
    it('measure its first view and its live page, and send what they were asked to', async () => {
      const result = await bench('console', ['--seconds', '3', '--rate', '1000', '--opens', '1']);
      expect(result).toMatchObject({ signIn: [expect.any(Number)], signedIn: [expect.any(Number)] });
      // Each of the seven stretches ends with what its last tick has brought.
      expect(result.events).toBeGreaterThan(1_000);
      expect(result.sizes).toHaveLength(7);
    });
  });

  it('import a file of clicks, and find every click in state and history', async () => {
    const result = await bench('import', ['--clicks', '2000', '--probe-ms', '200']);
    expect(result).toMatchObject({ file: { clicks: 2_000 }, memory: { probes: expect.any(Array) } });
  }, 300_000);
});
