import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { JsonValue } from '../model/json.ts';
import { isSealed } from '../model/json.ts';

/**
 * Paths such as `channel`, `properties.brand` or `properties.products[].category`, compiled once into getters.
 * Only own properties are read, so `properties.constructor` is missing rather than a function, and a path never
 * leads into a sealed value. Amounts are what the canonical event holds: minor units.
 */
export type ValueGetter = (event: Event) => JsonValue | undefined;
export type ValuesGetter = (event: Event) => readonly JsonValue[];

interface Segment {
  readonly key: string;
  readonly each: boolean;
}

const SCALAR_ROOTS: ReadonlyMap<string, ValueGetter> = new Map<string, ValueGetter>([
  ['id', (event) => event.id],
  ['type', (event) => event.type],
  ['source', (event) => event.source],
  ['channel', (event) => event.channel],
  ['currency', (event) => event.currency],
  ['time', (event) => event.time],
  ['store', storeOf],
]);

/** Where it happened, whichever part of the event says so. */
function storeOf({ context, properties }: Event): JsonValue | undefined {
  return context?.store ?? properties?.store;
}

const OBJECT_ROOTS: ReadonlyMap<string, (event: Event) => object | undefined> = new Map<
  string,
  (event: Event) => object | undefined
>([
  ['properties', (event) => event.properties],
  ['traits', (event) => event.traits],
  ['context', (event) => event.context],
  ['order', (event) => event.order],
]);

const ORDER_FIELDS: ReadonlySet<string> = new Set([
  'namespace',
  'order_id',
  'transition',
  'refund_id',
  'ledger',
  'total',
  'spend',
  'refund',
  'total_only',
]);

const NOTHING: readonly JsonValue[] = Object.freeze([]);

/** A path and where it stands in its definition: `/of`. */
export interface Written {
  readonly path: string;
  readonly pointer: string;
}

function refuse({ path, pointer }: Written, why: string): never {
  const place = pointer === path ? '' : `${pointer}: `;
  throw new TesseraError('invalid_definition', `${place}path "${path}" ${why}`, { path: pointer });
}

function parseSegments(written: Written, texts: readonly string[]): readonly Segment[] {
  if (texts.length > limits.jsonDepthMax) refuse(written, `has more than ${limits.jsonDepthMax} steps`);
  return texts.map((text) => {
    const each = text.endsWith('[]');
    const key = each ? text.slice(0, -2) : text;
    if (key === '' || /[[\]]/.test(key)) refuse(written, 'has an empty or malformed step');
    if (key === '$sealed') refuse(written, 'leads into a sealed value, which nothing may compare');
    return { key, each };
  });
}

/** True where the path expands arrays, so that it yields several values per event. */
export function isMultiple(path: string): boolean {
  return path.includes('[]');
}

/** True where the path starts at a part of the event, which tells it from the name of an operator. */
export function isEventPath(path: string): boolean {
  const root = path.split('.', 1)[0] ?? '';
  return SCALAR_ROOTS.has(root) || OBJECT_ROOTS.has(root);
}

function compileSteps(written: Written): {
  read: (event: Event) => object | undefined;
  segments: readonly Segment[];
} {
  const [root = '', ...rest] = written.path.split('.');
  const read = OBJECT_ROOTS.get(root);
  if (read === undefined) {
    const roots = [...SCALAR_ROOTS.keys(), ...OBJECT_ROOTS.keys()].join(', ');
    refuse(written, `must start with one of ${roots}`);
  }
  if (rest.length === 0) refuse(written, `names an object; say which field of ${root}`);
  const segments = parseSegments(written, rest);
  if (
    root === 'order' &&
    (segments.length > 1 || !ORDER_FIELDS.has(segments[0]?.key ?? '') || segments[0]?.each)
  ) {
    refuse(written, `is not a field of an order; there are ${[...ORDER_FIELDS].join(', ')}`);
  }
  return { read, segments };
}

function ownValue(container: unknown, key: string): JsonValue | undefined {
  if (typeof container !== 'object' || container === null || Array.isArray(container)) return undefined;
  if (!Object.hasOwn(container, key)) return undefined;
  // The event was parsed from JSON, so that an own property of one of its objects is a JSON value.
  return (container as Readonly<Record<string, JsonValue>>)[key];
}

/** Compiles a path that yields one value; `pointer` is where the path stands in its definition. Refuses `[]`, unknown roots and malformed steps. */
export function compilePath(path: string, pointer = path): ValueGetter {
  const scalar = SCALAR_ROOTS.get(path);
  if (scalar !== undefined) return scalar;
  if (isMultiple(path)) refuse({ path, pointer }, 'yields several values where one is needed');
  const { read, segments } = compileSteps({ path, pointer });
  const keys = segments.map((segment) => segment.key);
  const [only = ''] = keys;
  if (keys.length === 1) return (event) => ownValue(read(event), only);
  return (event) => {
    let value = ownValue(read(event), only);
    for (let index = 1; index < keys.length && value !== undefined; index += 1) {
      value = isSealed(value) ? undefined : ownValue(value, keys[index] ?? '');
    }
    return value;
  };
}

/** A place in a path and the values found beyond it so far. */
interface Walk {
  readonly segments: readonly Segment[];
  readonly found: JsonValue[];
}

function collect(value: JsonValue | undefined, index: number, walk: Walk): void {
  if (value === undefined) return;
  const segment = walk.segments[index];
  if (segment === undefined) {
    walk.found.push(value);
    return;
  }
  const next = isSealed(value) ? undefined : ownValue(value, segment.key);
  if (!segment.each) collect(next, index + 1, walk);
  else if (Array.isArray(next)) for (const item of next) collect(item, index + 1, walk);
}

/** Compiles a path that may expand arrays (`products[].category`): all values found, in the event's order. */
export function compileValues(path: string, pointer = path): ValuesGetter {
  if (!isMultiple(path)) {
    const get = compilePath(path, pointer);
    return (event) => {
      const value = get(event);
      return value === undefined ? NOTHING : [value];
    };
  }
  const { read, segments } = compileSteps({ path, pointer });
  return (event) => {
    const found: JsonValue[] = [];
    // A root is a plain object of the event: the first step reads it like any other.
    collect(read(event) as JsonValue | undefined, 0, { segments, found });
    return found;
  };
}

/** How many leading steps two paths share, up to the last list that both go through. */
function sharedSteps(a: readonly Segment[], b: readonly Segment[]): number {
  let shared = 0;
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const segment = a[index];
    if (segment?.key !== b[index]?.key || segment?.each !== b[index]?.each) break;
    if (segment?.each) shared = index + 1;
  }
  return shared;
}

export type Entry = readonly [first: readonly JsonValue[], second: readonly JsonValue[]];

/**
 * Compiles two paths that are read together: values of one entry of a list that both go through come together
 * (`products[].category` and `products[].price`); without such a list the whole event is one entry.
 */
export function compileEntries(first: Written, second: Written): (event: Event) => readonly Entry[] {
  const getFirst = compileValues(first.path, first.pointer);
  const getSecond = compileValues(second.path, second.pointer);
  if (!isMultiple(first.path) || !isMultiple(second.path))
    return (event) => [[getFirst(event), getSecond(event)]];
  const [one, other] = [compileSteps(first), compileSteps(second)];
  const shared = one.read === other.read ? sharedSteps(one.segments, other.segments) : 0;
  if (shared === 0) return (event) => [[getFirst(event), getSecond(event)]];
  const head = one.segments.slice(0, shared);
  const [firstTail, secondTail] = [one.segments.slice(shared), other.segments.slice(shared)];
  return (event) => {
    const items: JsonValue[] = [];
    // As in compileValues: a root is a plain object of the event.
    collect(one.read(event) as JsonValue | undefined, 0, { segments: head, found: items });
    const entries: Entry[] = [];
    for (const item of items) {
      const entry: [JsonValue[], JsonValue[]] = [[], []];
      collect(item, 0, { segments: firstTail, found: entry[0] });
      collect(item, 0, { segments: secondTail, found: entry[1] });
      entries.push(entry);
    }
    return entries;
  };
}
