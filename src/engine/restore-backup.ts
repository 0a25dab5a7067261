import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { restoreHistory } from '../adapters/clickhouse/copy-history.ts';
import {
  type BackupManifest,
  copyDurably,
  readManifest,
  verifyFiles,
} from '../adapters/embedded/backup-files.ts';
import { DIRECTORY_FORMAT, formatText } from '../adapters/embedded/directory-format.ts';
import { isLockFile, lockDirectory } from '../adapters/embedded/directory-lock.ts';
import { createDirectory, replaceFile } from '../adapters/embedded/durable-file.ts';
import { openErasureRegister, registerBeside } from '../adapters/embedded/erasure-register.ts';
import { readFingerprint } from '../adapters/embedded/secrets.ts';
import type { Config } from '../config.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ErasureRegister } from '../ports/erasure-register.ts';
import { HISTORY_COPY, KEY_FILES, LOG_COPY, STATE_COPY } from './make-backup.ts';

export interface Restored {
  readonly data_directory: string;
  readonly made_at: number;
  readonly tessera: string;
  readonly space: string;
  readonly applied: Readonly<Record<string, number>>;
  /** Whether the log of the data directory was kept, with what came after the backup. */
  readonly log_kept: boolean;
  readonly register: string;
  /** Erasures of this deployment that the register knows: the next start repeats those that the backup has not seen. */
  readonly erasures: number;
}

export interface RestoreOptions {
  readonly keepLog: boolean;
  /** Told how much of the backup was compared and how much brought in, as bytes of all of it. */
  readonly told?: (doing: 'checking' | 'copying', bytes: number, all: number) => void;
}

/**
 * Makes a data directory of a backup, without an engine. Nothing is written before every file of the backup was compared with its
 * manifest; the format is written last, so that no engine opens what a crash has left half restored.
 * Fails with `backup_unreadable`, `backup_format`, `directory_not_empty`, `key_mismatch` or `backup_before_erasure`.
 */
export async function restoreBackup(
  from: string,
  config: Pick<Config, 'dataDirectory' | 'erasuresFile'>,
  { keepLog, told = () => undefined }: RestoreOptions,
): Promise<Restored> {
  const directory = resolve(config.dataDirectory);
  const manifest = await readManifest(from);
  refuseNewer(from, manifest);
  const all = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let compared = 0;
  await verifyFiles(from, manifest, (bytes) => {
    compared += bytes;
    told('checking', compared, all);
  });
  checkTarget(directory, manifest, keepLog);
  const registerPath = config.erasuresFile ?? registerBeside(directory);
  const register = await openErasureRegister(registerPath, manifest.fingerprint);
  if (keepLog) refuseErased(register, manifest);
  const lock = lockDirectory(directory);
  try {
    let copied = 0;
    const brought = (path: string): void => {
      copied += manifest.files.find((file) => file.path === path)?.bytes ?? 0;
      told('copying', copied, all);
    };
    await bringIn(from, directory, { manifest, keepLog, brought });
  } finally {
    lock.release();
  }
  const { made_at, tessera, space, applied } = manifest;
  return {
    data_directory: directory,
    ...{ made_at, tessera, space, applied },
    log_kept: keepLog,
    register: registerPath,
    erasures: register.all().length,
  };
}

function refuseNewer(from: string, { data_format: format, tessera }: BackupManifest): void {
  if (format <= DIRECTORY_FORMAT) return;
  throw new TesseraError(
    'backup_format',
    `${from} holds data of format ${format}, written by Tessera ${tessera}; this version reads up to ${DIRECTORY_FORMAT}: restore it with that version or a newer one`,
  );
}

/** What is in a data directory is never overwritten. */
function checkTarget(directory: string, manifest: BackupManifest, keepLog: boolean): void {
  createDirectory(directory);
  const present = readdirSync(directory).filter((name) => !isLockFile(name));
  if (!keepLog) {
    if (present.length === 0) return;
    throw new TesseraError(
      'directory_not_empty',
      `${directory} holds ${present[0]}: a restore makes a new one`,
    );
  }
  const lost = ['state', 'history'].find((name) => present.includes(name));
  if (lost !== undefined) {
    throw new TesseraError(
      'directory_not_empty',
      `${directory} holds ${lost}, which would be replaced: move state and history away, and keep the log`,
    );
  }
  if (!present.includes('log') || readFingerprint(directory) === undefined) {
    throw new TesseraError('backup_unreadable', `${directory} has no log to keep`);
  }
  if (readFingerprint(directory) === manifest.fingerprint) return;
  throw new TesseraError('key_mismatch', 'the log was written under another master key than the backup');
}

/**
 * A log that goes on after an erasure says that history was cleaned, which the copy of history was not. Some time before counts as
 * well: an erasure takes a while.
 */
function refuseErased(register: ErasureRegister, { made_at }: BackupManifest): void {
  const since = register.all().filter(({ at }) => at > made_at - limits.backupErasureMs);
  if (since.length === 0) return;
  throw new TesseraError(
    'backup_before_erasure',
    `${since.length} erasures came after this backup or shortly before: restore it with its own log, and send again what came later`,
  );
}

interface BringIn {
  readonly manifest: BackupManifest;
  readonly keepLog: boolean;
  /** Told of each file that is in. */
  readonly brought: (path: string) => void;
}

async function bringIn(from: string, directory: string, bringing: BringIn): Promise<void> {
  const { manifest, keepLog, brought } = bringing;
  const here = new Set(manifest.files.map(({ path }) => path));
  const parts = keepLog ? ['state', 'history'] : ['state', 'history', 'log', ...KEY_FILES];
  const format = join(directory, 'format');
  await rm(format, { force: true });
  try {
    await copyDurably(join(from, STATE_COPY), join(directory, 'state', 'data.mdb'));
    brought(STATE_COPY);
    if (!keepLog) {
      await copyDurably(join(from, LOG_COPY), join(directory, 'log', 'data.mdb'));
      brought(LOG_COPY);
      for (const name of KEY_FILES) {
        if (here.has(name)) await copyDurably(join(from, name), join(directory, name));
      }
    }
    if (manifest.history_database !== null) {
      const file = resolve(from, HISTORY_COPY);
      await restoreHistory(join(directory, 'history'), { database: manifest.history_database, file });
      brought(HISTORY_COPY);
    }
  } catch (cause) {
    for (const part of parts) await rm(join(directory, part), { recursive: true, force: true });
    throw cause instanceof TesseraError
      ? cause
      : new TesseraError('backup_failed', `${directory} cannot be written`, { cause });
  }
  replaceFile(format, formatText(manifest.data_format));
}
