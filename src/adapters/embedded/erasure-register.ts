import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TesseraError } from '../../errors.ts';
import type { ErasureFrame } from '../../model/erasure.ts';
import { isJsonObject } from '../../model/json.ts';
import type { ErasureRegister } from '../../ports/erasure-register.ts';
import { createDirectory, syncDirectory } from './durable-file.ts';

/*
 * A text file, a line for each erasure: {"deployment", "id", "author", "at", "profiles", "tombstones"}. Lines are only added; what
 * a crash leaves of the last one was never acknowledged, and goes with the next line.
 */

/** Beside a data directory rather than in it, so that a copy of the directory does not take it along. */
export function registerBeside(directory: string): string {
  return `${resolve(directory)}.erasures`;
}

/** Opens the register, which need not be there yet. Fails with `register_unavailable` where it cannot be understood. */
export async function openErasureRegister(path: string, deployment: string): Promise<ErasureRegister> {
  let lines = readLines(path, deployment);
  return {
    all: () => [...lines.erasures.values()],
    add(erasure) {
      const known = lines.erasures.get(erasure.id);
      if (JSON.stringify(known) === JSON.stringify(erasure)) return;
      try {
        append(path, `${JSON.stringify({ deployment, ...erasure })}\n`, lines.bytes);
      } catch (cause) {
        throw new TesseraError('register_unavailable', `${path} cannot be written`, { cause });
      } finally {
        // What was written of it is seen by reading: also after a failure.
        lines = readLines(path, deployment);
      }
    },
  };
}

interface Lines {
  readonly erasures: ReadonlyMap<string, ErasureFrame>;
  /** Length of what is whole. */
  readonly bytes: number;
}

function readLines(path: string, deployment: string): Lines {
  const erasures = new Map<string, ErasureFrame>();
  const content = read(path);
  const bytes = content.lastIndexOf('\n') + 1;
  const lines = content.toString('utf8', 0, bytes).split('\n').slice(0, -1);
  for (const [i, line] of lines.entries()) {
    const { deployment: whose, ...erasure } = parse(line, `${path}, line ${i + 1}`);
    if (whose === deployment) erasures.set(erasure.id, erasure);
  }
  return { erasures, bytes };
}

function read(path: string): Buffer {
  try {
    return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  } catch (cause) {
    throw new TesseraError('register_unavailable', `${path} cannot be read`, { cause });
  }
}

function parse(line: string, place: string): ErasureFrame & { readonly deployment: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (!isJsonObject(value)) throw unreadable(place);
  const { deployment, id, author, at, profiles, tombstones } = value;
  if (typeof deployment !== 'string' || typeof id !== 'string' || typeof author !== 'string')
    throw unreadable(place);
  if (typeof at !== 'number' || !areTexts(profiles) || !areTexts(tombstones)) throw unreadable(place);
  return { deployment, id, author, at, profiles, tombstones };
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function unreadable(place: string): TesseraError {
  return new TesseraError('register_unavailable', `${place} is none of this register: repair or remove it`);
}

function append(path: string, line: string, whole: number): void {
  createDirectory(dirname(path));
  if (existsSync(path)) truncateSync(path, whole);
  const descriptor = openSync(path, 'a', 0o600);
  try {
    writeSync(descriptor, line);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  syncDirectory(dirname(path));
}
