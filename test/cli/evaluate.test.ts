import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/adapters/embedded/system-clock.ts';
import { registerEvaluate } from '../../src/cli/evaluate.ts';

const DATA = resolve(import.meta.dirname, '../../../shared/data');
const TRAIN = join(DATA, 'yoochoose-100k-train.tsv');
const TEST = join(DATA, 'yoochoose-100k-test.tsv');

async function run(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const seen = { code: -1, out: '', err: '' };
  const program = new Command().exitOverride();
  registerEvaluate(program, {
    key: undefined,
    url: 'http://127.0.0.1:1',
    stdout: {
      write(text) {
        seen.out += text;
      },
    },
    stderr: {
      write(text) {
        seen.err += text;
      },
    },
    isTty: false,
    clock: createSystemClock(),
    setExitCode(code) {
      seen.code = code;
    },
  });
  await program.parseAsync(['node', 'tessera', 'evaluate', 'recommendations', ...words]);
  return seen;
}

describe('tessera evaluate recommendations', () => {
  // The data set may only be used for evaluation and is not part of the project.
  it.skipIf(!existsSync(TRAIN))(
    'predicts rsc15-100k better than VS-kNN does',
    { timeout: 120_000 },
    async () => {
      const { code, out } = await run('--train', TRAIN, '--test', TEST, '--json');
      expect(code).toBe(0);
      // What the command prints.
      const { frozen, prequential } = JSON.parse(out) as Record<
        'frozen' | 'prequential',
        { predictions: number; hit_rate: number; mean_reciprocal_rank: number; sessions: number }
      >;
      expect(frozen.predictions).toBe(10_152);
      expect(frozen.sessions).toBe(17_794);
      expect(frozen.hit_rate).toBeGreaterThanOrEqual(0.6879);
      expect(frozen.mean_reciprocal_rank).toBeGreaterThanOrEqual(0.3662);
      expect(prequential.predictions).toBe(10_152);
      expect(prequential.hit_rate).toBeGreaterThan(frozen.hit_rate);
    },
  );

  it('counts every prediction, those of unknown items as missed', async () => {
    await inDirectory(async (file) => {
      const train = file(
        'train.tsv',
        'SessionId\tItemId\tTime\n1\ta\t1000.5\n1\tb\t1010\n2\ta\t1020\n2\tb\t1030\n3\tc\t1040\n',
      );
      const test = file(
        'test.tsv',
        'SessionId\tItemId\tTime\n9\ta\t2000\n9\tb\t2010\n9\tnew\t2020\n9\ta\t2030\n',
      );
      const { out } = await run('--train', train, '--test', test, '--json');
      // What the command prints.
      const { frozen } = JSON.parse(out) as { frozen: { predictions: number; hit_rate: number } };
      expect(frozen.predictions).toBe(3);
      // b after a, and a, after an unknown one, from what came before it.
      expect(frozen.hit_rate).toBeCloseTo(2 / 3, 10);
    });
  });

  it('says which line does not fit, and what is wrong with a limit', async () => {
    await inDirectory(async (file) => {
      const good = file('good.tsv', '1\ta\t1000\n');
      const bad = file('bad.tsv', 'SessionId\tItemId\tTime\n1\ta\tyesterday\n');
      expect(await run('--train', good, '--test', bad)).toMatchObject({ code: 1, out: '' });
      expect((await run('--train', good, '--test', bad)).err).toContain('bad.tsv, line 2');
      expect((await run('--train', `${good}-nowhere`, '--test', good)).err).toContain('cannot be read');
      expect(await run('--train', good, '--test', good, '--limit', '0')).toMatchObject({ code: 2 });
    });
  });
});

async function inDirectory(
  work: (file: (name: string, text: string) => string) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-evaluate-'));
  try {
    await work((name, text) => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
