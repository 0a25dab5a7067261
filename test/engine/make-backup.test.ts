import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIRECTORY_FORMAT } from '../../src/adapters/embedded/directory-format.ts';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openLog } from '../../src/adapters/embedded/log.ts';
import { openStateStore } from '../../src/adapters/embedded/state-store.ts';
import { type BackupSource, createBackupStore } from '../../src/engine/make-backup.ts';
import { restoreBackup } from '../../src/engine/restore-backup.ts';
import type { BackupStore, BackupWork } from '../../src/ports/backup.ts';
import type { Log } from '../../src/ports/log.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';

const CODES = { full: 'log_full', failed: 'log_unavailable' } as const;

describe('copies of a data directory in use', () => {
  let place: TemporaryDirectory;
  let environments: Environment[];
  let log: Log;
  let source: BackupSource;
  let backups: BackupStore;

  beforeEach(() => {
    place = createTemporaryDirectory();
    const directory = join(place.path, 'data');
    const [logEnvironment, stateEnvironment] = ['log', 'state'].map(
      (name) => new Environment(join(directory, name), CODES),
    ) as [Environment, Environment];
    environments = [logEnvironment, stateEnvironment];
    writeFileSync(join(directory, 'fingerprint'), 'f-1\n');
    writeFileSync(join(directory, 'format'), 'tessera 2\n');
    log = openLog(logEnvironment, 'p0', { clock: { now: () => 1_000 } });
    source = {
      directory,
      backups: join(place.path, 'backups'),
      space: 'main',
      logEnvironment,
      stateEnvironment,
      logs: new Map([['p0', log]]),
      store: openStateStore(stateEnvironment),
      history: undefined,
      clock: { now: () => 1_000 },
      version: '1.2.3',
    };
    backups = createBackupStore(source);
  });
  afterEach(async () => {
    for (const each of environments) await each.close();
    place.remove();
  });

  const work = (report: BackupWork['report'] = () => undefined): BackupWork => ({
    report,
    signal: new AbortController().signal,
  });

  it('say what they hold, have a name each, and are made one at a time', async () => {
    const parts: string[] = [];
    const making = backups.make(
      'one',
      work(({ part }) => parts.push(part)),
    );
    await expect(backups.make('two', work())).rejects.toMatchObject({ code: 'backup_running' });
    expect(await making).toMatchObject({ name: 'one', made_at: 1_000, tessera: '1.2.3', applied: { p0: 0 } });
    expect(parts).toEqual(['state', 'log', 'checksums']);
    await expect(backups.make('one', work())).rejects.toMatchObject({ code: 'backup_name_taken' });
    // Neither what is not finished nor what somebody else has put there is one.
    mkdirSync(join(source.backups, 'three.partial'));
    mkdirSync(join(source.backups, 'other'));
    expect((await backups.list()).map(({ name }) => name)).toEqual(['one']);
  });

  it('hold what the log has when they end, also what was appended while they were made', async () => {
    await log.append([Buffer.from('before')]);
    let appended: Promise<unknown> | undefined;
    await backups.make(
      'one',
      work(({ part }) => {
        if (part === 'state') appended = log.append([Buffer.from('meanwhile')]);
      }),
    );
    await appended;
    const target = join(place.path, 'restored');
    const from = join(source.backups, 'one');
    const config = { dataDirectory: target, erasuresFile: undefined };
    expect(await restoreBackup(from, config, { keepLog: false })).toMatchObject({ erasures: 0 });
    expect(readFileSync(join(target, 'format'), 'utf8')).toBe(`tessera ${DIRECTORY_FORMAT}\n`);
    const copy = new Environment(join(target, 'log'), CODES);
    environments.push(copy);
    expect(openLog(copy, 'p0', { clock: source.clock }).stats().lastSeq).toBe(2);
    await expect(restoreBackup(from, config, { keepLog: false })).rejects.toMatchObject({
      code: 'directory_not_empty',
    });
  });

  it('leave nothing behind when they fail: where the log was trimmed too far, or somebody cancels', async () => {
    await log.append([Buffer.from('a')]);
    await log.append([Buffer.from('b')]);
    await log.trim(1);
    await expect(backups.make('one', work())).rejects.toMatchObject({ code: 'backup_failed' });
    const canceled = { ...work(), signal: AbortSignal.abort() };
    await expect(backups.make('one', canceled)).rejects.toMatchObject({ code: 'stopping' });
    expect(readdirSync(source.backups)).toEqual([]);
  });

  it('fail where there is no directory for them, and say so', async () => {
    const file = join(place.path, 'file');
    writeFileSync(file, '');
    const store = createBackupStore({ ...source, backups: join(file, 'backups') });
    await expect(store.make('one', work())).rejects.toMatchObject({ code: 'backup_failed' });
  });
});
