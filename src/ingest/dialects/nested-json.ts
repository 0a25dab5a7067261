import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { JsonGuard } from '../json-guard.ts';

/** An object that an event holds as text; undefined where it is none, or holds what no event may hold. */
export function readNestedJson(text: string): JsonObject | undefined {
  const bytes = Buffer.from(text);
  // Texts inside of events pass by the guard of the body, so they have one of their own.
  const scanned = new JsonGuard().scan(bytes, 0, bytes.length, { single: true });
  if ('fault' in scanned || scanned.items[0]?.problem !== undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return isJsonObject(value) ? value : undefined;
}
