import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from '../../errors.ts';
import { createDirectory, replaceFile } from './durable-file.ts';

/** Raised whenever the layout of the log or of the state changes; `formatSteps` then gets the way from the one before. */
export const DIRECTORY_FORMAT = 3;

/** Brings a data directory from one format to the next. A crash may repeat it, so it must bear that. */
export interface FormatStep {
  readonly from: number;
  apply(directory: string): void;
}

/** Format 1 was never released. */
export const formatSteps: readonly FormatStep[] = Object.freeze([
  // Entries of format 2 are read as they are (triggers/encode-memory.ts, features/operations/top-keys.ts) and get today's form
  // when they are written next; what format 3 says is that a version before it cannot read them any more.
  { from: 2, apply: () => undefined },
]);

/** How the file `format` names one. */
export function formatText(format: number): string {
  return `tessera ${format}\n`;
}

/**
 * Writes the format into a new data directory, and brings an older one up to it, step by step; call it while holding the lock.
 * Fails with `data_format` for one that is newer or from which no step leads here, and for data that names no format.
 */
export function checkFormat(
  directory: string,
  { format = DIRECTORY_FORMAT, steps = formatSteps }: { format?: number; steps?: readonly FormatStep[] } = {},
): void {
  createDirectory(directory);
  const path = join(directory, 'format');
  if (!existsSync(path)) {
    refuseUnnamed(directory);
    replaceFile(path, formatText(format));
    return;
  }
  const name = readFileSync(path, 'utf8').trim();
  const found = /^tessera (\d{1,9})$/.exec(name)?.[1];
  if (found === undefined)
    throw new TesseraError('data_format', `${path} names "${name}", which is no format of Tessera`);
  if (Number(found) > format) {
    throw new TesseraError(
      'data_format',
      `${directory} has format ${found}, written by a newer version; this one reads up to ${format}: start that version again, or restore a backup that this one has made into another directory`,
    );
  }
  for (let at = Number(found); at < format; at += 1) {
    const step = steps.find(({ from }) => from === at);
    if (step === undefined) {
      throw new TesseraError(
        'data_format',
        `${directory} has format ${found}, from which this version knows no way to ${format}: start a version in between first, which brings it further`,
      );
    }
    step.apply(directory);
    replaceFile(path, formatText(at + 1));
  }
}

function refuseUnnamed(directory: string): void {
  const data = readdirSync(directory).filter((name) => name === 'log' || name === 'state');
  if (data.length > 0) throw new TesseraError('data_format', `${directory} holds data but names no format`);
}
