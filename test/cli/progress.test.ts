import { describe, expect, it } from 'vitest';
import { createProgress, formatSeconds, type Progress } from '../../src/cli/progress.ts';

interface Screen {
  readonly progress: Progress;
  readonly written: string[];
  tick(ms: number): void;
}

function screen(isTty: boolean, quiet = false): Screen {
  const written: string[] = [];
  let now = 1_000_000;
  const progress = createProgress({
    stderr: { write: (text) => written.push(text) },
    isTty,
    quiet,
    clock: { now: () => now },
  });
  return {
    progress,
    written,
    tick: (ms) => {
      now += ms;
    },
  };
}

describe('progress', () => {
  it('draws a bar with share, rate and remaining time on a terminal, not more often than eyes need', () => {
    const { progress, written, tick } = screen(true);
    progress.start('Importing');
    progress.update(0, 0);
    tick(2_000);
    progress.update(0.25, 50_000);
    progress.update(0.26, 52_000);
    progress.stop();
    expect(written).toEqual([
      '\rImporting [######..................]  25 %  50,000, 25,000/s, 6 s left\u001b[K',
      '\n',
    ]);
  });

  it('writes a plain line now and then elsewhere, and nothing when it is to be quiet', () => {
    const plain = screen(false);
    const quiet = screen(false, true);
    for (const { progress, tick } of [plain, quiet]) {
      progress.start('Importing');
      progress.update(0, 0);
      for (let step = 1; step <= 24; step += 1) {
        tick(1_000);
        progress.update(step / 48, step * 10);
      }
      progress.note('waiting');
      progress.stop();
    }
    expect(plain.written).toEqual([
      'Importing  20 %  100, 10/s, 38 s left\n',
      'Importing  41 %  200, 10/s, 28 s left\n',
    ]);
    expect(quiet.written).toEqual([]);
  });

  it('counts rate and remaining time from where a resumed piece of work started', () => {
    const { progress, written, tick } = screen(true);
    progress.start('Importing');
    progress.update(0.5, 1_000);
    tick(1_000);
    progress.update(0.75, 1_500);
    expect(written[0]).toContain('1,500, 500/s, 1 s left');
  });

  it('says how long in words that fit', () => {
    expect([0.2, 59.5, 61, 3_725].map(formatSeconds)).toEqual(['1 s', '1 min 0 s', '1 min 1 s', '1 h 2 min']);
  });
});
