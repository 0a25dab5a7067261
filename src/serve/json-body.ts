import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';

/** The body of an operator's request: one JSON object. Events take the guarded way of ingest instead. */
export function readJsonObject(bytes: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new TesseraError('unreadable_body', undefined, { cause: error });
  }
  if (!isJsonObject(value)) throw new TesseraError('unreadable_body', 'The body must be a JSON object.');
  return value;
}
