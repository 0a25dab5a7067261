import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { registerBackup } from '../../src/cli/backup.ts';
import { type RestoreFlags, registerRestore } from '../../src/cli/restore.ts';
import { TesseraError } from '../../src/errors.ts';
import { runAgainst } from './answering-engine.ts';

const backup = {
  name: 'nightly',
  path: '/b/nightly',
  made_at: Date.UTC(2026, 10, 22, 10),
  bytes: 2_500_000,
  tessera: '0.1.0',
};

describe('tessera backup', () => {
  it('waits for the job and says where the copy lies', async () => {
    const done = { id: 'j-1', status: 'done', result: backup };
    const ran = await runAgainst(
      [
        [202, { name: 'nightly', job: { id: 'j-1', status: 'queued' } }],
        [200, done],
      ],
      registerBackup,
      ['backup', 'nightly'],
    );
    expect(ran.requests).toEqual(['POST /v1/backups {"name":"nightly"}', 'GET /v1/jobs/j-1']);
    expect(ran.out).toContain('/b/nightly holds 2.5 MB');
    expect(ran.code).toBe(0);
  });

  it('lists what there is, and says why there can be none', async () => {
    const ran = await runAgainst([[200, { backups: [backup] }]], registerBackup, ['backup', '--list']);
    expect(ran.out.split('\n')[1]).toBe('nightly  2026-11-22T10:00:00.000Z  2.5  0.1.0    /b/nightly');
    const refused = await runAgainst(
      [[409, { code: 'backup_elsewhere', detail: 'servers' }]],
      registerBackup,
      ['backup'],
    );
    expect([refused.code, refused.err]).toEqual([1, 'backup: servers (backup_elsewhere)\n']);
  });
});

describe('tessera restore', () => {
  const run = async (erasures: number, ...argv: readonly string[]) => {
    const asked: [string, RestoreFlags][] = [];
    let [out, err, code] = ['', '', 0];
    const program = new Command().exitOverride();
    const context = {
      ...{ key: undefined, url: '', isTty: false, clock: { now: () => 0 } },
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
      setExitCode: (given: number) => {
        code = given;
      },
    };
    registerRestore(program, context, async (from, flags) => {
      asked.push([from, flags]);
      if (from === 'damaged') throw new TesseraError('backup_unreadable', 'a byte differs');
      const { made_at } = backup;
      const log_kept = flags.keepLog === true;
      return { data_directory: '/d', made_at, log_kept, register: '/d.erasures', erasures };
    });
    await program.parseAsync(['restore', ...argv], { from: 'user' });
    return { asked, out, err, code };
  };

  it('says what the next start will do, and where the register of erasures was looked for', async () => {
    const ran = await run(2, '/b/nightly', '--data-dir', '/d', '--keep-log');
    expect(ran.asked).toEqual([['/b/nightly', { dataDir: '/d', keepLog: true }]]);
    expect(ran.out).toContain('/d is as it was at 2026-11-22T10:00:00.000Z.\nIts log was kept');
    expect(ran.out).toContain('/d.erasures knows 2 erasures');
    expect((await run(0, '/b/nightly')).out).toContain('TESSERA_ERASURES_FILE');
  });

  it('shows on a terminal how far it is, and nothing into a pipe with --json', async () => {
    const drawn = async (isTty: boolean, ...argv: readonly string[]): Promise<string> => {
      let [err, now] = ['', 0];
      const program = new Command().exitOverride();
      const context = {
        ...{ key: undefined, url: '', isTty, clock: { now: () => (now += 1_000) } },
        ...{ stdout: { write: () => true }, setExitCode: () => undefined },
        stderr: { write: (text: string) => (err += text) },
      };
      registerRestore(program, context, async (_from, _flags, told) => {
        for (const doing of ['checking', 'copying'] as const)
          for (const bytes of [0, 5e7, 1e8]) told(doing, bytes, 1e8);
        const { made_at } = backup;
        return { data_directory: '/d', made_at, log_kept: false, register: '/d.erasures', erasures: 0 };
      });
      await program.parseAsync(['restore', '/b/nightly', ...argv], { from: 'user' });
      return err;
    };
    const bar = await drawn(true);
    expect(bar).toContain('Checking (MB) [############............]  50 %  50');
    expect(bar).toContain('Copying (MB) [########################] 100 %  100');
    expect(await drawn(false, '--json')).toBe('');
  });

  it('fails with the code of the refusal', async () => {
    const ran = await run(0, 'damaged', '--json');
    expect([ran.code, ran.err]).toEqual([1, 'restore: a byte differs (backup_unreadable)\n']);
    expect(JSON.parse(ran.out)).toEqual({ code: 'backup_unreadable', detail: 'a byte differs' });
  });
});
