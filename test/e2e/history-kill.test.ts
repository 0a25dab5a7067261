import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';

const CHILD = fileURLToPath(new URL('./history-kill-child.ts', import.meta.url));
const ROWS_PER_ENTRY = 1_500;
/** Each life opens ClickHouse anew, which takes about a second. */
const KILLS = 6;

interface End {
  readonly signal: string | null;
  readonly code: number | null;
  readonly output: string;
}

function live(args: readonly string[]): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
}

/** Where to die: before, during or after which insert, and after how many milliseconds. A cut is two inserts. */
const death = fc.tuple(
  fc.constantFrom('before', 'during', 'after'),
  fc.integer({ min: 1, max: 2 }).map(String),
  fc.integer({ min: 0, max: 60 }).map(String),
);

describe('a historian that is killed', () => {
  let directory: TemporaryDirectory;
  beforeAll(() => {
    directory = createTemporaryDirectory();
  });
  afterAll(() => directory.remove());

  it('leaves exactly one row per position, without FINAL', async () => {
    const seed = fc.sample(fc.integer(), 1)[0] ?? 0;
    const deaths = fc.sample(death, { seed, numRuns: KILLS });
    const story = `seed ${seed}: ${JSON.stringify(deaths)}`;
    for (const [i, place] of deaths.entries()) {
      const end = await live([directory.path, String((i + 1) * 3), ...place]);
      expect([story, end.signal ?? end.code]).toEqual([story, 'SIGKILL']);
    }
    const entries = KILLS * 3;
    const last = await live([directory.path, String(entries), 'none']);
    const { counts, repaired } = JSON.parse(last.output) as { counts: string[]; repaired: number };
    const rows = entries * ROWS_PER_ENTRY;
    expect([story, ...counts]).toEqual([story, `${entries}\t${entries}`, `${rows}\t${rows}`]);
    expect(repaired).toBeGreaterThanOrEqual(0);
  });
});
