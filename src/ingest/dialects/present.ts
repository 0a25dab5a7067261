import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/** One field, unless there is nothing to say: libraries send null and empty text for what they do not know. */
export function present(key: string, value: JsonValue | undefined): JsonObject {
  return isGiven(value) ? { [key]: value } : {};
}

/** A value that says something. */
export function isGiven(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null && value !== '';
}

/** The text, where there is any. */
export function givenText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An object of its own for a part of the context, unless that would be empty. */
export function presentPart(key: string, part: JsonObject): JsonObject {
  for (const _name in part) return { [key]: part };
  return {};
}

const NOTHING: JsonObject = Object.freeze({});

/** The object, or an empty one where something else stands. */
export function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : NOTHING;
}
