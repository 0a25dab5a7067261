import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { findRepeatedKey } from './repeated-key.ts';

/** The body of an operator's request: one JSON object. Events take the guarded way of ingest instead. */
export function readJsonObject(bytes: Buffer): JsonObject {
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TesseraError('unreadable_body', undefined, { cause: error });
  }
  if (!isJsonObject(value)) throw new TesseraError('unreadable_body', 'The body must be a JSON object.');
  const path = findRepeatedKey(text);
  if (path !== undefined) throw new TesseraError('duplicate_key', `${path} stands there twice.`, { path });
  return value;
}

/** A misspelled field of a command must not be ignored: without it the command would do something else. */
export function refuseUnknownFields(body: JsonObject, known: readonly string[]): void {
  for (const name of Object.keys(body)) {
    if (known.includes(name)) continue;
    throw invalidField(name.replace(/[^\w.-]/g, '?').slice(0, 64), 'is not known here');
  }
}

export function invalidField(name: string, problem: string): TesseraError {
  return new TesseraError('invalid_parameter', `The field ${name} ${problem}.`, { path: `/${name}` });
}

/** What reads parameters of addresses names them; where the same stands in a body, the place is one of the body. */
export function inBody<Value>(read: () => Value, under = ''): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TesseraError) || error.path === undefined) throw error;
    const { code, message, path } = error;
    throw new TesseraError(code, message, { cause: error, path: `${under}/${path}` });
  }
}
