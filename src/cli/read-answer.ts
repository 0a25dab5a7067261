import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';

/** What an answer lists; nothing where it lists nothing. */
export function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  const list: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return list.filter(isJsonObject);
}

/** As a table shows it. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
