import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';

/** One place at which two documents differ, as a JSON pointer; the side that has nothing there is absent. */
export interface JsonChange {
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** Where two JSON documents differ, in the order of the second; at most `max` places. */
export function jsonDiff(before: JsonValue, after: JsonValue, max: number): readonly JsonChange[] {
  const changes: JsonChange[] = [];
  compare({ path: '', before, after }, { changes, max });
  return changes;
}

interface Found {
  readonly changes: JsonChange[];
  readonly max: number;
}

function compare(place: JsonChange, found: Found): void {
  const { path, before, after } = place;
  if (found.changes.length >= found.max || before === after) return;
  const left = fieldsOf(before);
  const right = fieldsOf(after);
  if (left === undefined || right === undefined || Array.isArray(before) !== Array.isArray(after)) {
    found.changes.push(place);
    return;
  }
  for (const [key, value] of right) compare(side(`${path}/${escaped(key)}`, left.get(key), value), found);
  for (const [key, value] of left) {
    if (!right.has(key)) compare(side(`${path}/${escaped(key)}`, value, undefined), found);
  }
}

function side(path: string, before: JsonValue | undefined, after: JsonValue | undefined): JsonChange {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** Keys and values of an object or an array; undefined for anything else. */
function fieldsOf(value: JsonValue | undefined): ReadonlyMap<string, JsonValue> | undefined {
  if (Array.isArray(value)) return new Map(value.map((entry: JsonValue, i) => [String(i), entry]));
  if (!isJsonObject(value)) return undefined;
  // Entries of a JSON object are JSON values; an optional field that is undefined is not there.
  return new Map(Object.entries(value as JsonObject) as [string, JsonValue][]);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
