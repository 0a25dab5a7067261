import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-micro-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Figure {
  readonly name: string;
  readonly loads: number;
}

describe('the bench of the identity stage', () => {
  it('reads nothing for what is known, once for a new set of at most one person, and a little more for a merge', async () => {
    const json = join(directory, 'identity.json');
    const script = join(ROOT, 'benchmarks/micro/identity.ts');
    const args = ['--import', 'tsx', script, '--quick', '--json', json];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    const { figures } = JSON.parse(readFileSync(json, 'utf8')) as { figures: readonly Figure[] };
    const loads = (part: string) =>
      figures.filter(({ name }) => name.includes(part)).map((each) => each.loads);
    expect(loads(', known,')).toEqual([0, 0, 0, 0, 0, 0]);
    expect(loads('new, ')).toEqual([1, 1, 1, 1, 1]);
    for (const each of loads('merge of')) expect(each).toBeLessThanOrEqual(3);
  });
});
