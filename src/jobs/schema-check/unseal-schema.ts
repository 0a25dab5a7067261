import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/** What stands where the value is not known: it was sealed, or nobody can tell as what it was sent. */
export const UNKNOWN: JsonObject = Object.freeze({ $sealed: '' });

const IS_UNKNOWN: JsonObject = Object.freeze({ type: 'object', required: ['$sealed'] });

export function isUnknown(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && value.$sealed !== undefined;
}

/**
 * The schema as far as it can be asked of stored events: whatever it says of a value that is not known counts as fitting. That
 * there is one is known, so what is required stays required.
 */
export function forStoredEvents(schema: JsonObject): JsonObject {
  return inside(schema);
}

function inside(schema: JsonObject): JsonObject {
  const next: Record<string, JsonValue> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    next[keyword] = wrapped(keyword, value);
  }
  return next;
}

function wrapped(keyword: string, value: JsonValue): JsonValue {
  switch (keyword) {
    case 'properties':
      return eachOf(value, ofValue);
    case '$defs':
      return eachOf(value, ofSame);
    case 'items':
    case 'additionalProperties':
      return ofValue(value);
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return Array.isArray(value) ? value.map(ofSame) : value;
    case 'not':
    case 'if':
    case 'then':
    case 'else':
      return ofSame(value);
    default:
      return value;
  }
}

/** About another value than the part around it. */
function ofValue(schema: JsonValue): JsonValue {
  if (schema === true) return schema;
  return { if: IS_UNKNOWN, else: ofSame(schema) };
}

/** About the same value as the part around it. */
function ofSame(schema: JsonValue): JsonValue {
  return isJsonObject(schema) ? inside(schema) : schema;
}

function eachOf(value: JsonValue, change: (schema: JsonValue) => JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const next: Record<string, JsonValue> = {};
  for (const [name, schema] of Object.entries(value)) if (schema !== undefined) next[name] = change(schema);
  return next;
}
