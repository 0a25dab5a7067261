import { TesseraError } from '../../errors.ts';
import { isJsonObject } from '../../model/json.ts';
import type { Checkpoint } from '../../ports/state.ts';

export function encodeCheckpoint(checkpoint: Checkpoint): string {
  return JSON.stringify(checkpoint);
}

export function decodeCheckpoint(text: string): Checkpoint {
  const value: unknown = JSON.parse(text);
  if (isCheckpoint(value)) return value;
  throw new TesseraError('data_format', 'a checkpoint cannot be read');
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (!isJsonObject(value)) return false;
  const { seq, digest, version, spooled, taken, given } = value;
  const numbers = [seq, digest, version, spooled].every((field) => typeof field === 'number');
  return numbers && isJsonObject(taken) && isJsonObject(given);
}
