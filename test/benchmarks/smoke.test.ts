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

  it('measure pairs of echo and engine, and find every event in state and history', async () => {
    const result = await bench('run', ['--quick', '--pairs', '1', '--requests', '100']);
    // A warm-up and one pair, each of 100 single events and 10 batches of 100.
    expect(result).toMatchObject({
      sent: 2_200,
      pairs: [{ case: 'single events' }, { case: 'batches of 100' }],
    });
  });

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
