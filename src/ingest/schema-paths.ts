import { TesseraError } from '../errors.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { EventSchema, EventSchemas } from './schemas.ts';

/** Warnings about what a feature reads; throws `invalid_definition` where no event can say it. */
export type PathCheck = (definition: FeatureDefinition) => readonly string[];

export interface PathCheckOptions {
  readonly schemas: EventSchemas;
  /** Types of which definitions say more, as they are in force; absent: there are none. */
  readonly own?: () => ReadonlyMap<string, EventSchema>;
  /** Whether events of types that no schema knows are taken at all. */
  readonly allowCustomTypes: boolean;
}

/** The schemas as a check finds them. */
interface Known extends Pick<EventSchemas, 'types' | 'documents'> {
  readonly own: ReadonlyMap<string, EventSchema>;
}

const NONE: ReadonlyMap<string, EventSchema> = new Map();

/** What the schemas say of a place in the events of one type. */
interface Place {
  /** JSON types of the canonical value; undefined where the schema leaves it open. */
  readonly types: ReadonlySet<string> | undefined;
  readonly money: boolean;
}

type Found = Place | { readonly missing: string } | undefined;

const OF_NUMBERS: ReadonlySet<string> = new Set([
  'sum',
  'average',
  'minimum',
  'maximum',
  'variance',
  'standard_deviation',
  'decayed_sum',
  'quantile',
]);
const COMPARES_NUMBERS: readonly string[] = ['gt', 'gte', 'lt', 'lte', 'between'];
const ORDER_TYPES: ReadonlySet<string> = new Set(['order_completed', 'order_refunded', 'order_cancelled']);
const NUMBERS_OF_ORDERS: ReadonlySet<string> = new Set(['total', 'spend', 'refund']);

function refuse(name: string, path: string, why: string): never {
  throw new TesseraError('invalid_definition', `feature "${name}" at ${path}: ${why}`, { path });
}

/**
 * Holds what a feature reads against the schemas of its event types: a type that no schema knows is worth a warning
 * where custom types are taken, a property that none of its types has is refused, and so is a text that is to be summed.
 * Only `properties` and `order` are checked: traits and context are open.
 */
export function createPathCheck(options: PathCheckOptions): PathCheck {
  const { types, documents } = options.schemas;
  return (definition) => {
    if (definition.aggregate === 'derived') return [];
    const warnings: string[] = [];
    const schemas: Known = { types, documents, own: options.own?.() ?? NONE };
    for (const type of definition.on) {
      if (types.has(type) || schemas.own.has(type)) continue;
      if (!options.allowCustomTypes) refuse(definition.name, '/on', `there is no event type "${type}"`);
      warnings.push(
        `No schema knows the event type "${type}": it is taken as a custom one, and its properties are not checked.`,
      );
    }
    checkValue(definition, schemas);
    for (const [path, operators, pointer] of termsOf(definition.where, '/where')) {
      const places = placesOf({ definition, path, pointer, schemas });
      if (!places.some(({ types }) => types !== undefined && !types.has('number'))) continue;
      const compares = COMPARES_NUMBERS.find((operator) => Object.hasOwn(operators, operator));
      if (compares !== undefined)
        refuse(definition.name, `${pointer}/${compares}`, `compares numbers, and ${path} is no number`);
    }
    return warnings;
  };
}

function checkValue(definition: FeatureDefinition, schemas: Known): void {
  const { name, of, aggregate, money, by } = definition;
  if (by !== undefined) placesOf({ definition, path: by, pointer: '/by', schemas });
  // A histogram is of hours or weekdays.
  if (of === undefined || aggregate === 'histogram') return;
  const places = placesOf({ definition, path: of, pointer: '/of', schemas });
  for (const { types, money: isMoney } of places) {
    if (types === undefined) continue;
    if (money === true && !isMoney) refuse(name, '/money', `${of} is no amount`);
    if (OF_NUMBERS.has(aggregate) && !types.has('number'))
      refuse(name, '/of', `${aggregate} is of numbers, and ${of} is ${[...types].join(' or ')}`);
  }
}

interface Question {
  readonly definition: FeatureDefinition;
  readonly path: string;
  readonly pointer: string;
  readonly schemas: Known;
}

/** What the path leads to in each of the types that have it; refused where all types are known and none has it. */
function placesOf({ definition, path, pointer, schemas }: Question): readonly Place[] {
  const places: Place[] = [];
  let missing = '';
  for (const type of definition.on) {
    const found = placeIn(type, path, schemas);
    if (found === undefined) return [];
    if ('missing' in found) missing = found.missing;
    else places.push(found);
  }
  if (places.length === 0 && missing !== '') refuse(definition.name, pointer, missing);
  return places;
}

function placeIn(type: string, path: string, schemas: Known): Found {
  const [root, ...steps] = path.split('.');
  const [field = ''] = steps;
  if (root === 'order') {
    if (!ORDER_TYPES.has(type)) return { missing: `events of type ${type} say nothing of ${path}` };
    const money = NUMBERS_OF_ORDERS.has(field);
    const flag = field === 'ledger' || field === 'total_only';
    return { types: new Set([money ? 'number' : flag ? 'boolean' : 'string']), money };
  }
  const shipped = schemas.types.has(type) ? schemas.documents.get(type) : undefined;
  const own = schemas.own.get(type)?.own?.document;
  const starts = [shipped, own].filter((document) => document !== undefined);
  if (root !== 'properties' || starts.length === 0) return undefined;
  const nodes = starts.map((document) => ({ schema: document, document }));
  const found = walk(nodes, steps, { type, path, documents: schemas.documents });
  // What the owner of a type says of it need not be all that there is.
  const isOpen = shipped === undefined && own?.additionalProperties !== false;
  return isOpen && found !== undefined && 'missing' in found ? undefined : found;
}

interface Node {
  readonly schema: JsonObject;
  readonly document: JsonObject;
}

interface Walk {
  readonly type: string;
  readonly path: string;
  readonly documents: ReadonlyMap<string, JsonObject>;
}

function walk(starts: readonly Node[], steps: readonly string[], { type, path, documents }: Walk): Found {
  let nodes: readonly Node[] = starts.flatMap((start) => spread(start, documents));
  for (const step of steps) {
    const each = step.endsWith('[]');
    const key = each ? step.slice(0, -2) : step;
    const open = nodes.every(({ schema }) => !isJsonObject(schema.properties));
    if (open) {
      const { types } = placeOf(nodes);
      if (types === undefined || types.has('object')) return undefined;
    }
    const found = nodes.flatMap((node) => propertyOf(node, key, documents));
    if (found.length === 0) {
      const name = aliased(nodes, key, documents);
      const hint = name === undefined ? '' : `; what is sent as ${key} is kept as ${name}`;
      return { missing: `events of type ${type} have no ${path}${hint}` };
    }
    nodes = each ? found.flatMap((node) => itemsOf(node, documents)) : found;
    if (nodes.length === 0) return { missing: `${key} of ${type} is no list` };
  }
  return placeOf(nodes);
}

/** The node with what it refers to and is made of, its own words first. */
function spread(node: Node, documents: ReadonlyMap<string, JsonObject>): readonly Node[] {
  const { schema, document } = node;
  const found: Node[] = [node];
  if (typeof schema.$ref === 'string')
    found.push(...spread(follow(schema.$ref, document, documents), documents));
  for (const part of Array.isArray(schema.allOf) ? schema.allOf : [])
    if (isJsonObject(part)) found.push(...spread({ schema: part, document }, documents));
  return found;
}

function follow(reference: string, document: JsonObject, documents: ReadonlyMap<string, JsonObject>): Node {
  const [file = '', path = ''] = reference.split('#');
  const target = file === '' ? document : (documents.get(file.replace(/\.json$/, '')) ?? {});
  let schema: JsonValue | undefined = target;
  for (const step of path.split('/').slice(1)) schema = isJsonObject(schema) ? schema[step] : undefined;
  return { schema: isJsonObject(schema) ? schema : {}, document: target };
}

function propertyOf(
  { schema, document }: Node,
  key: string,
  documents: ReadonlyMap<string, JsonObject>,
): readonly Node[] {
  if (!isJsonObject(schema.properties) || !Object.hasOwn(schema.properties, key)) return [];
  const property = schema.properties[key];
  return isJsonObject(property) ? spread({ schema: property, document }, documents) : [];
}

function itemsOf({ schema, document }: Node, documents: ReadonlyMap<string, JsonObject>): readonly Node[] {
  return isJsonObject(schema.items) ? spread({ schema: schema.items, document }, documents) : [];
}

/** The name under which what is sent by another name is kept. */
function aliased(
  nodes: readonly Node[],
  alias: string,
  documents: ReadonlyMap<string, JsonObject>,
): string | undefined {
  for (const { schema, document } of nodes) {
    for (const [key, property] of Object.entries(isJsonObject(schema.properties) ? schema.properties : {})) {
      const parts = isJsonObject(property) ? spread({ schema: property, document }, documents) : [];
      for (const { schema: part } of parts) {
        const names = part['x-aliases'];
        if (Array.isArray(names) && names.includes(alias)) return key;
      }
    }
  }
  return undefined;
}

/** What is kept of a value: amounts and quantities are numbers, ids texts, whatever they were sent as. */
function placeOf(nodes: readonly Node[]): Place {
  const said = (name: string): JsonValue | undefined =>
    nodes.map(({ schema }) => schema[name]).find((value) => value !== undefined);
  if (said('x-money') !== undefined) return { types: new Set(['number']), money: true };
  if (said('x-as') === 'text') return { types: new Set(['string']), money: false };
  if (said('x-as') === 'quantity') return { types: new Set(['number']), money: false };
  const type = said('type');
  const names: readonly JsonValue[] = Array.isArray(type) ? type : type === undefined ? [] : [type];
  if (names.length === 0) return { types: undefined, money: false };
  return {
    types: new Set(names.map((name) => (name === 'integer' ? 'number' : String(name)))),
    money: false,
  };
}

type Term = readonly [path: string, operators: JsonObject, pointer: string];

/** The terms of a condition over the event, at any depth. */
function termsOf(condition: unknown, pointer: string): readonly Term[] {
  if (Array.isArray(condition)) return condition.flatMap((each, i) => termsOf(each, `${pointer}/${i}`));
  if (!isJsonObject(condition)) return [];
  return Object.entries(condition).flatMap(([key, value]): readonly Term[] => {
    const place = `${pointer}/${key}`;
    if (key === 'all' || key === 'any' || key === 'not') return termsOf(value, place);
    return isJsonObject(value) ? [[key, value, place]] : [];
  });
}
