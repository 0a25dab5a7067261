import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TesseraError } from '../../errors.ts';
import { isJsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import { replaceFile, syncDirectory } from './durable-file.ts';

/*
 * A backup is a directory: copies of the two LMDB files, history as one archive, what the data directory knows of its
 * keys, and a manifest that names each file with its length and digest. The manifest is written last.
 */

/** Raised whenever what a backup consists of changes. */
export const BACKUP_FORMAT = 1;
export const MANIFEST = 'manifest.json';

export interface BackedUpFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface BackupManifest {
  readonly format: number;
  /** The version of the engine that made it. */
  readonly tessera: string;
  readonly made_at: EpochMs;
  /** Of the data directory. */
  readonly data_format: number;
  readonly space: string;
  /** Tells whose keys open it. */
  readonly fingerprint: string;
  /** Where the tables of history are; null where there is no history in it. */
  readonly history_database: string | null;
  readonly applied: Readonly<Record<string, number>>;
  readonly files: readonly BackedUpFile[];
}

/** Flushes a file and says what is in it. */
export async function sealFile(directory: string, path: string): Promise<BackedUpFile> {
  const file = await open(join(directory, path), 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return { path, ...(await digestOf(join(directory, path))) };
}

/** The manifest makes a backup of what lies there. */
export function writeManifest(directory: string, manifest: BackupManifest): void {
  replaceFile(join(directory, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Fails with `backup_unreadable` for what is none, and with `backup_format` for one that a newer version made. */
export async function readManifest(directory: string): Promise<BackupManifest> {
  const path = join(directory, MANIFEST);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new TesseraError('backup_unreadable', `${directory} is no backup: ${path} cannot be read`, {
      cause,
    });
  }
  if (isJsonObject(value) && typeof value.format === 'number' && value.format > BACKUP_FORMAT) {
    throw new TesseraError(
      'backup_format',
      `${directory} has backup format ${value.format}, made by Tessera ${String(value.tessera)}; this version reads up to ${BACKUP_FORMAT}: restore it with that version or a newer one`,
    );
  }
  if (!isManifest(value)) throw new TesseraError('backup_unreadable', `${path} is no manifest of a backup`);
  return value;
}

/** Compares every file with the manifest, telling how much is read. Fails with `backup_unreadable`, naming the first that differs. */
export async function verifyFiles(
  directory: string,
  { files }: BackupManifest,
  told: (bytes: number) => void = () => undefined,
): Promise<void> {
  for (const { path, bytes, sha256 } of files) {
    const found = await digestOf(join(directory, path), told).catch((cause: unknown) => {
      throw new TesseraError('backup_unreadable', `${path} of ${directory} cannot be read`, { cause });
    });
    if (found.bytes === bytes && found.sha256 === sha256) continue;
    throw new TesseraError(
      'backup_unreadable',
      `${path} of ${directory} is not what was backed up: its length or digest differs`,
    );
  }
}

/** Copies a file so that it is durable, into a directory that is made for it. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  syncDirectory(dirname(to));
}

/** The directories in here that have a manifest of this format, with what it says. */
export async function listManifests(
  directory: string,
): Promise<readonly { readonly name: string; readonly manifest: BackupManifest }[]> {
  const found: { name: string; manifest: BackupManifest }[] = [];
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory() || !isBackupName(entry.name)) continue;
    const manifest = await readManifest(join(directory, entry.name)).catch(() => undefined);
    if (manifest !== undefined) found.push({ name: entry.name, manifest });
  }
  return found;
}

/** One that is not finished ends in `.partial`, which no name of a backup does. */
export const PARTIAL = '.partial';

export function isBackupName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name);
}

async function digestOf(
  path: string,
  told: (bytes: number) => void = () => undefined,
): Promise<{ bytes: number; sha256: string }> {
  const digest = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    digest.update(part);
    told(part.length);
  }
  return { bytes: (await stat(path)).size, sha256: digest.digest('hex') };
}

/** Half a millisecond of the thread at a time. */
const CHUNK_BYTES = 256 * 1024;

function isManifest(value: unknown): value is BackupManifest {
  if (!isJsonObject(value)) return false;
  const { format, tessera, made_at, data_format, space, fingerprint, history_database, applied, files } =
    value;
  const numbers = [format, made_at, data_format].every((each) => typeof each === 'number');
  const texts = [tessera, space, fingerprint].every((each) => typeof each === 'string');
  const history = history_database === null || typeof history_database === 'string';
  return numbers && texts && history && isJsonObject(applied) && Array.isArray(files) && files.every(isFile);
}

/** A path leads nowhere but into the backup. */
function isFile(value: unknown): value is BackedUpFile {
  if (!isJsonObject(value)) return false;
  const { path, bytes, sha256 } = value;
  return (
    typeof path === 'string' &&
    /^[\w.-]+$/.test(path) &&
    typeof bytes === 'number' &&
    typeof sha256 === 'string'
  );
}
