import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Environment } from '../../../src/adapters/embedded/environment.ts';
import { faultOfEnvironment } from '../../../src/adapters/embedded/environment-file.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-environment-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A real environment of so many values, closed. */
async function written(values: number): Promise<string> {
  const environment = new Environment(directory, { full: 'log_full', failed: 'log_unavailable' });
  const database = environment.database<number>('some');
  for (let n = 0; n < values; n += 1)
    await environment.write(() => void database.put(n, Buffer.alloc(3_000, n)));
  await environment.close();
  return join(directory, 'data.mdb');
}

describe('the file of an environment', () => {
  it.each([0, 1, 50])('has no fault as LMDB leaves it, with %i values', async (values) => {
    await written(values);
    expect(faultOfEnvironment(directory)).toBeUndefined();
  });

  it('need not be there', () => {
    expect(faultOfEnvironment(directory)).toBeUndefined();
  });

  it('is told when it is cut in front of what everything hangs on', async () => {
    const path = await written(50);
    expect(statSync(path).size).toBeGreaterThan(50 * 4_096);
    truncateSync(path, 2 * 4_096);
    expect(faultOfEnvironment(directory)).toMatch(/is cut: it has 8192 bytes of at least \d+$/);
  });

  it.each(['', 'short', 'not what it was'.repeat(1_000)])('is told from something else: %.20s', (text) => {
    writeFileSync(join(directory, 'data.mdb'), text);
    expect(faultOfEnvironment(directory)).toContain('is no file of LMDB');
  });
});
