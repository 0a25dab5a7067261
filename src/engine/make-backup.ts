import { statfsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BACKUP_FORMAT,
  type BackedUpFile,
  type BackupManifest,
  copyDurably,
  listManifests,
  PARTIAL,
  sealFile,
  writeManifest,
} from '../adapters/embedded/backup-files.ts';
import { DIRECTORY_FORMAT } from '../adapters/embedded/directory-format.ts';
import { createDirectory, syncDirectory } from '../adapters/embedded/durable-file.ts';
import type { Environment } from '../adapters/embedded/environment.ts';
import { readFingerprint } from '../adapters/embedded/secrets.ts';
import { TesseraError } from '../errors.ts';
import type { BackupStore, BackupSummary, BackupWork } from '../ports/backup.ts';
import type { Clock } from '../ports/clock.ts';
import type { HistoryCopying } from '../ports/history.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';

/*
 * A copy of a data directory in use. Its parts are copied one after the other, and what makes them fit together is the order.
 *
 * Keys first: the data keys in the log's file that come later are wrapped under one of these. Then, while no row comes to
 * history or goes, state, history and log. The log has everything that the state has applied, and more, which a start applies. A
 * historian that was held in the middle of a cut has written down which one, and goes on with it carefully, as after a crash. What an
 * erasure has taken from history so far, the copied state may ask for again; and no copied log says that one is done which the
 * copied history has not seen.
 */

export interface BackupSource {
  /** The data directory. */
  readonly directory: string;
  /** Where backups go. */
  readonly backups: string;
  readonly space: string;
  readonly logEnvironment: Environment;
  readonly stateEnvironment: Environment;
  readonly logs: ReadonlyMap<string, Log>;
  readonly store: Pick<StateStore, 'checkpoint'>;
  /** Absent where there is no history in this process. */
  readonly history: HistoryCopying | undefined;
  readonly clock: Clock;
  readonly version: string;
}

/** State, history, log, checksums. */
const PARTS = 4;
export const LOG_COPY = 'log.mdb';
export const STATE_COPY = 'state.mdb';
export const HISTORY_COPY = 'history.tar';
/** What may lie in a data directory and belongs into a backup as it is. */
export const KEY_FILES = ['secrets.json', 'fingerprint'] as const;

export function createBackupStore(source: BackupSource): BackupStore {
  let busy = false;
  return {
    async make(name, work) {
      if (busy) throw new TesseraError('backup_running');
      busy = true;
      try {
        return await makeBackup(source, name, work);
      } finally {
        busy = false;
      }
    },
    async list() {
      const found = await listManifests(source.backups);
      return found
        .map(({ name, manifest }) => summaryOf(source, name, manifest))
        .sort((a, b) => b.made_at - a.made_at);
    },
  };
}

async function makeBackup(source: BackupSource, name: string, work: BackupWork): Promise<BackupSummary> {
  const to = join(source.backups, name);
  if (await exists(to)) throw new TesseraError('backup_name_taken', `${to} is there already`);
  const draft = `${to}${PARTIAL}`;
  await prepare(draft, source.backups);
  try {
    const manifest = await copyAll(source, draft, work);
    writeManifest(draft, manifest);
    await rename(draft, to);
    syncDirectory(source.backups);
    return summaryOf(source, name, manifest);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw cause instanceof TesseraError ? cause : failed(source.backups, cause);
  }
}

/** What an earlier attempt has left goes. */
async function prepare(draft: string, backups: string): Promise<void> {
  try {
    await rm(draft, { recursive: true, force: true });
    createDirectory(draft);
    // Copies have the rights that the libraries give them; nobody else gets as far as to them.
    await chmod(draft, 0o700);
  } catch (cause) {
    throw failed(backups, cause);
  }
}

async function copyAll(source: BackupSource, draft: string, work: BackupWork): Promise<BackupManifest> {
  const { directory, history, logEnvironment, stateEnvironment } = source;
  const step = (done: number, part: string): void => {
    if (work.signal.aborted) throw new TesseraError('stopping');
    work.report({ done, total: PARTS, part });
  };
  const names: string[] = [];
  for (const name of KEY_FILES) {
    if (!(await exists(join(directory, name)))) continue;
    await copyDurably(join(directory, name), join(draft, name));
    names.push(name);
  }
  const copyLogAndState = async (
    copyHistory: () => Promise<void>,
  ): Promise<Readonly<Record<string, number>>> => {
    step(0, 'state');
    const reached = await appliedOf(source);
    await copyEnvironment(stateEnvironment, draft, STATE_COPY);
    await copyHistory();
    step(2, 'log');
    await copyEnvironment(logEnvironment, draft, LOG_COPY);
    return reached;
  };
  const applied =
    history === undefined
      ? await copyLogAndState(async () => undefined)
      : await history.hold((copyTo) =>
          copyLogAndState(async () => {
            step(1, 'history');
            await copyTo(join(draft, HISTORY_COPY));
          }),
        );
  checkReach(source, applied);
  step(3, 'checksums');
  names.push(STATE_COPY, LOG_COPY, ...(history === undefined ? [] : [HISTORY_COPY]));
  const files: BackedUpFile[] = [];
  for (const name of names) files.push(await sealFile(draft, name));
  return {
    format: BACKUP_FORMAT,
    tessera: source.version,
    made_at: source.clock.now(),
    data_format: DIRECTORY_FORMAT,
    space: source.space,
    fingerprint: readFingerprint(directory) ?? '',
    history_database: history?.database ?? null,
    applied,
    files,
  };
}

/** The library copies into a directory, under a name of its own. */
async function copyEnvironment(environment: Environment, draft: string, name: string): Promise<void> {
  const aside = join(draft, `${name}.copy`);
  await mkdir(aside);
  await environment.copyTo(aside);
  await rename(join(aside, 'data.mdb'), join(draft, name));
  await rm(aside, { recursive: true });
}

/** At the latest as the copied state has it. */
async function appliedOf({ logs, store }: BackupSource): Promise<Readonly<Record<string, number>>> {
  const applied: Record<string, number> = {};
  for (const partition of logs.keys()) applied[partition] = (await store.checkpoint(partition))?.seq ?? 0;
  return applied;
}

/** The copied state must find its place in the copied log, which may have been trimmed since. */
function checkReach({ logs }: BackupSource, applied: Readonly<Record<string, number>>): void {
  for (const [partition, log] of logs) {
    const { firstSeq } = log.stats();
    if (firstSeq <= Math.max(1, applied[partition] ?? 0)) continue;
    throw new TesseraError(
      'backup_failed',
      `the log ${partition} was trimmed while it was copied; try again`,
    );
  }
}

function summaryOf({ backups }: BackupSource, name: string, manifest: BackupManifest): BackupSummary {
  const { made_at, tessera, applied, files } = manifest;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { name, path: join(backups, name), made_at, tessera, bytes, applied };
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function failed(directory: string, cause: unknown): TesseraError {
  return new TesseraError('backup_failed', `${directory} cannot be written: ${roomIn(directory)}`, { cause });
}

function roomIn(directory: string): string {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return `${Math.floor((bavail * bsize) / 2 ** 20)} MiB are free there`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'it is not there';
  }
}
