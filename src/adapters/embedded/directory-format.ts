import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from '../../errors.ts';
import { createDirectory, replaceFile } from './durable-file.ts';

/** Raised whenever the layout of the log or of the state changes. */
export const DIRECTORY_FORMAT = 2;

/**
 * Writes the format into a new data directory and checks it in an old one; call it while holding the lock.
 * Fails with `data_format` for another version, and for a directory that holds data but names no format.
 */
export function checkFormat(directory: string): void {
  createDirectory(directory);
  const path = join(directory, 'format');
  if (existsSync(path)) {
    const found = readFileSync(path, 'utf8').trim();
    if (found === `tessera ${DIRECTORY_FORMAT}`) return;
    throw new TesseraError(
      'data_format',
      `${directory} has format "${found}", this is "tessera ${DIRECTORY_FORMAT}"`,
    );
  }
  const data = readdirSync(directory).filter((name) => name === 'log' || name === 'state');
  if (data.length > 0) throw new TesseraError('data_format', `${directory} holds data but names no format`);
  replaceFile(path, `tessera ${DIRECTORY_FORMAT}\n`);
}
