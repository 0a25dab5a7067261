/** Plain JSON as it arrives on the wire. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A personal value, encrypted before it reached the log: see ingest/seal.ts for the format. */
export interface Sealed {
  readonly $sealed: string;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isSealed(value: unknown): value is Sealed {
  return isJsonObject(value) && typeof value.$sealed === 'string';
}

/** What a message of another process says; undefined where it is no JSON, because anybody may have sent it. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
