import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import { readNestedJson } from '../nested-json.ts';
import { asObject, givenText } from '../present.ts';

/** What describes itself: `name` is that of its schema, `iglu:vendor/name/format/version`. */
export interface Described {
  readonly vendor: string;
  readonly name: string;
  readonly data: JsonObject;
}

/** The entities of a row, in order, and by the names of their schemas the first of each. */
export interface Entities {
  readonly list: readonly Described[];
  readonly first: ReadonlyMap<string, JsonObject>;
}

const SCHEMA = /^iglu:([\w.-]{1,200})\/([\w.-]{1,200})\/[\w-]{1,40}\/\d+-\d+-\d+$/;

/** The event of a `ue` row; undefined where it is not valid. */
export function readDescribed(item: JsonObject): Described | undefined {
  const outer = readField(item, 'ue_pr', 'ue_px');
  return outer === undefined ? undefined : described(outer.data);
}

/** The entities of a row, or undefined where they are not valid. */
export function readEntities(item: JsonObject): Entities | undefined {
  const stated = item.co !== undefined || item.cx !== undefined;
  const outer = stated ? readField(item, 'co', 'cx') : {};
  if (outer === undefined) return undefined;
  const { data } = outer;
  const list = (Array.isArray(data) ? data : []).map(described).filter((entity) => entity !== undefined);
  const first = new Map<string, JsonObject>();
  for (const { name, data: content } of list) if (!first.has(name)) first.set(name, content);
  return { list, first };
}

function readField(item: JsonObject, plain: string, encoded: string): JsonObject | undefined {
  const text = givenText(item[plain]);
  if (text !== undefined) return readNestedJson(text);
  const base64 = givenText(item[encoded]);
  // Both alphabets are read; what is not base64 gives no JSON.
  return base64 === undefined ? undefined : readNestedJson(Buffer.from(base64, 'base64').toString('utf8'));
}

function described(value: JsonValue | undefined): Described | undefined {
  const { schema, data } = asObject(value);
  const [, vendor, name] = typeof schema === 'string' ? (SCHEMA.exec(schema) ?? []) : [];
  if (vendor === undefined || name === undefined || !isJsonObject(data)) return undefined;
  return { vendor, name, data };
}
