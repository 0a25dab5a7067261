import { isJsonObject, isSealed, type JsonObject, type JsonValue } from './json.ts';

/** The value for whoever may see no personal data: what is sealed in it, at any depth, is left out; undefined where nothing else is there. */
export function withoutSealed(value: JsonValue): JsonValue | undefined {
  if (isSealed(value)) return undefined;
  if (!holdsSealed(value)) return value;
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value;
    return list.map(withoutSealed).filter((each) => each !== undefined);
  }
  const open: Record<string, JsonValue> = {};
  for (const [name, inner] of Object.entries(value as JsonObject)) {
    const shown = inner === undefined ? undefined : withoutSealed(inner);
    if (shown !== undefined) open[name] = shown;
  }
  return open;
}

/** Whether anything in it is sealed. */
export function holdsSealed(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isSealed(value)) return true;
  // JSON.parse makes arrays of what the type says.
  if (Array.isArray(value)) return value.some(holdsSealed);
  return isJsonObject(value) && Object.values(value).some(holdsSealed);
}
