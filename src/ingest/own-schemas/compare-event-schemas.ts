import { isDeepStrictEqual } from 'node:util';
import { limits } from '../../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { pointer } from '../rejection.ts';
import { definitionOf } from './own-schema.ts';

/*
 * What a changed schema means for events that fitted the one before it, told from the two texts alone. "Compatible" is a promise: whatever
 * fitted still does, unless it holds what the schema before did not name. "Incompatible" is a narrower word. Where the effect depends on
 * several words at once, such as the branches of an anyOf, it is "unclear", and the events that there are have to be asked.
 */
export type SchemaEffect = 'compatible' | 'incompatible' | 'unclear';

export interface SchemaChange {
  /** JSON pointer into the schema. */
  readonly path: string;
  readonly effect: SchemaEffect;
  /** What has changed, in words. */
  readonly text: string;
}

export interface SchemaComparison {
  /** The worst of its changes. */
  readonly verdict: SchemaEffect;
  readonly changes: readonly SchemaChange[];
}

export interface ComparedSchemas {
  /** Absent, of both: everything fits, as there was none, or is none any more. */
  readonly before?: JsonObject | undefined;
  readonly after?: JsonObject | undefined;
  /** Properties that the shipped schema of the type names. */
  readonly shipped: ReadonlySet<string>;
}

export function compareEventSchemas({
  before = ANYTHING,
  after = ANYTHING,
  shipped,
}: ComparedSchemas): SchemaComparison {
  const found: SchemaChange[] = [];
  const tell = (change: SchemaChange): void => void found.push(change);
  new Comparison({ before, after, shipped }, tell).compare({ old: before, now: after }, { path: '' });
  const has = (effect: SchemaEffect): boolean => found.some((change) => change.effect === effect);
  const verdict = has('incompatible') ? 'incompatible' : has('unclear') ? 'unclear' : 'compatible';
  // What matters most comes first, where there is more than is shown.
  const changes = ORDER.flatMap((effect) => found.filter((change) => change.effect === effect));
  return { verdict, changes: changes.slice(0, limits.eventSchemaChangesShown) };
}

const ORDER: readonly SchemaEffect[] = ['incompatible', 'unclear', 'compatible'];
/** Events bring their properties as an object anyway. */
const ANYTHING: JsonObject = Object.freeze({ type: 'object' });
const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'] as const;
/** Where more is more than before, and where less is. */
const LEAST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const;
const MOST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'] as const;
const BOUNDED = {
  ...{ minimum: 'integer', exclusiveMinimum: 'integer', maximum: 'integer', exclusiveMaximum: 'integer' },
  ...{ minLength: 'string', maxLength: 'string', minItems: 'array', maxItems: 'array' },
  ...{ minProperties: 'object', maxProperties: 'object' },
} as const;
/** Whose effect depends on what else is asked, wherever they differ; without them everything fits. */
const ENTANGLED = [
  ...['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'propertyNames', 'dependentRequired'],
  ...['pattern', 'format', 'multipleOf', 'const', 'x-aliases', 'x-money', 'x-as', 'x-fallback'],
];
const NARROWING = new Set(['pattern', 'format', 'const', 'propertyNames', 'dependentRequired', 'multipleOf']);

interface Pair {
  readonly old: JsonValue | undefined;
  readonly now: JsonValue | undefined;
}

interface At {
  readonly path: string;
}

class Comparison {
  readonly #before: JsonObject;
  readonly #after: JsonObject;
  readonly #shipped: ReadonlySet<string>;
  readonly #tell: (change: SchemaChange) => void;

  constructor(
    {
      before,
      after,
      shipped,
    }: Required<ComparedSchemas> & { readonly before: JsonObject; readonly after: JsonObject },
    tell: (change: SchemaChange) => void,
  ) {
    this.#before = before;
    this.#after = after;
    this.#shipped = shipped;
    this.#tell = tell;
  }

  compare(pair: Pair, at: At): void {
    const old = resolved(pair.old, this.#before);
    const now = resolved(pair.now, this.#after);
    if (now === true || isDeepStrictEqual(old, now)) this.#sameWords(old, now, at);
    else if (old === false) this.#say(at, 'compatible', 'was not allowed, and is now');
    else if (now === false) this.#say(at, 'incompatible', 'is not allowed any more');
    else this.#words(old === true ? {} : old, now, at);
  }

  #words(was: JsonObject, is: JsonObject, at: At): void {
    this.#types(was, is, at);
    this.#values(was, is, at);
    this.#bounds(was, is, at);
    this.#required(was, is, at);
    this.#properties(was, is, at);
    if (was.items !== undefined || is.items !== undefined)
      this.compare({ old: was.items ?? true, now: is.items ?? true }, step(at, 'items'));
    this.#entangled(was, is, at);
  }

  /** References of the same name may stand for different things. */
  #sameWords(old: JsonObject | boolean, now: JsonObject | boolean, at: At): void {
    if (now === true) {
      if (old !== true && !isEmpty(old)) this.#say(at, 'compatible', 'everything is allowed now');
      return;
    }
    const [was, is] = [JSON.stringify(this.#before.$defs ?? {}), JSON.stringify(this.#after.$defs ?? {})];
    if (was !== is && JSON.stringify(now).includes('"$ref"') && at.path !== '')
      this.#say(at, 'unclear', 'what it refers to may have changed');
  }

  #say(at: At, effect: SchemaEffect, text: string): void {
    this.#tell({ path: at.path === '' ? '/' : at.path, effect, text });
  }

  #types(was: JsonObject, is: JsonObject, at: At): void {
    if (isDeepStrictEqual(was.type, is.type)) return;
    const [before, after] = [typesOf(was), typesOf(is)];
    const lost = [...before].filter((type) => !after.has(type));
    const won = [...after].filter((type) => !before.has(type));
    const place = step(at, 'type');
    if (lost.length > 0) this.#say(place, 'incompatible', `${lost.join(', ')} is not allowed any more`);
    else if (won.length > 0) this.#say(place, 'compatible', `${won.join(', ')} is allowed now`);
  }

  #values({ enum: before }: JsonObject, { enum: after }: JsonObject, at: At): void {
    if (isDeepStrictEqual(before, after)) return;
    const place = step(at, 'enum');
    const gone =
      Array.isArray(before) && Array.isArray(after) ? before.filter((each) => !after.includes(each)) : [];
    if (!Array.isArray(after)) this.#say(place, 'compatible', 'other values are allowed now');
    else if (!Array.isArray(before)) this.#say(place, 'incompatible', 'only some values are allowed now');
    else if (gone.length > 0)
      this.#say(place, 'incompatible', `${listed(gone)} is not among the values any more`);
    else if (after.length > before.length) this.#say(place, 'compatible', 'more values are allowed now');
  }

  #bounds(was: JsonObject, is: JsonObject, at: At): void {
    const types = typesOf(was);
    for (const [keywords, sign] of [
      [LEAST, 1],
      [MOST, -1],
    ] as const) {
      for (const keyword of keywords) {
        const [before, after] = [was[keyword], is[keyword]];
        if (before === after || !types.has(BOUNDED[keyword])) continue;
        const place = step(at, keyword);
        if (typeof after !== 'number') this.#say(place, 'compatible', 'is not bounded any more');
        else if (typeof before !== 'number' || (after - before) * sign > 0)
          this.#say(place, 'incompatible', `is bounded by ${after} now`);
        else this.#say(place, 'compatible', `is bounded by ${after} only`);
      }
    }
    if (was.uniqueItems !== true && is.uniqueItems === true)
      this.#say(step(at, 'uniqueItems'), 'incompatible', 'nothing may be there twice now');
  }

  #required(was: JsonObject, is: JsonObject, at: At): void {
    const [before, after] = [textsOf(was.required), textsOf(is.required)];
    for (const name of after)
      if (!before.includes(name)) this.#say(step(at, 'required'), 'incompatible', `${name} is required now`);
    for (const name of before)
      if (!after.includes(name))
        this.#say(step(at, 'required'), 'compatible', `${name} is not required any more`);
  }

  #properties(was: JsonObject, is: JsonObject, at: At): void {
    const [before, after] = [objectOf(was.properties), objectOf(is.properties)];
    const [others, othersNow] = [was.additionalProperties ?? true, is.additionalProperties ?? true];
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const place = step(step(at, 'properties'), name);
      const isNew = !Object.hasOwn(before, name);
      if (isNew && others === true && this.#describes(name, after[name], place)) continue;
      // What no property says of it, the word about all others does.
      this.compare({ old: isNew ? others : before[name], now: after[name] ?? othersNow }, place);
    }
    if (!isDeepStrictEqual(others, othersNow))
      this.compare({ old: others, now: othersNow }, step(at, 'additionalProperties'));
  }

  /** A property that nothing was said of is new, unless the shipped schema names it, which is asked as well. */
  #describes(name: string, now: JsonValue | undefined, at: At): boolean {
    const schema = resolved(now, this.#after);
    if (schema === false) return false;
    if (schema === true || isEmpty(schema)) return true;
    const isShipped = this.#shipped.has(name) && at.path === pointer('/properties', name);
    if (isShipped) this.#say(at, 'unclear', 'is asked more of than the shipped schema does');
    else this.#say(at, 'compatible', 'is described now, and may be missing');
    return true;
  }

  #entangled(was: JsonObject, is: JsonObject, at: At): void {
    for (const keyword of ENTANGLED) {
      if (isDeepStrictEqual(was[keyword], is[keyword])) continue;
      const place = step(at, keyword);
      if (is[keyword] === undefined) {
        this.#say(place, keyword.startsWith('x-') ? 'unclear' : 'compatible', 'is not asked any more');
        continue;
      }
      const isAdded = was[keyword] === undefined && NARROWING.has(keyword);
      this.#say(
        place,
        isAdded ? 'incompatible' : 'unclear',
        isAdded ? 'is asked now' : 'asks for something else',
      );
    }
    const branches = (schema: JsonObject): JsonValue[] =>
      ['if', 'then', 'else'].map((keyword) => schema[keyword] ?? null);
    if (!isDeepStrictEqual(branches(was), branches(is)))
      this.#say(step(at, 'if'), is.if === undefined ? 'compatible' : 'unclear', 'depends on something else');
  }
}

function step(at: At, name: string): At {
  return { ...at, path: pointer(at.path, name) };
}

/** A part with what its reference stands for; where it says more beside the reference, as it is written. */
function resolved(schema: JsonValue | undefined, document: JsonObject): JsonObject | boolean {
  if (typeof schema === 'boolean') return schema;
  if (!isJsonObject(schema)) return true;
  const { $ref: reference, ...rest } = schema;
  if (typeof reference !== 'string' || !isEmpty(rest)) return schema;
  const target = definitionOf(reference, document);
  return target === undefined ? schema : resolved(target, document);
}

/** Whether it asks for nothing: words about it aside. */
function isEmpty(schema: JsonObject | boolean): boolean {
  if (typeof schema === 'boolean') return schema;
  return Object.keys(schema).every((keyword) => WORDS.has(keyword));
}

const WORDS = new Set([
  ...['$schema', '$defs', '$comment', 'title', 'description', 'deprecated', 'default', 'examples'],
  ...['x-personal', 'x-class'],
]);

/** Integers are numbers. Where values are listed, only theirs count. */
function typesOf({ type, enum: values, const: only }: JsonObject): ReadonlySet<string> {
  const listed = Array.isArray(values) ? values : only === undefined ? undefined : [only];
  const named = listed?.map(typeOf) ?? (typeof type === 'string' ? [type] : textsOf(type));
  const types = new Set<string>(named.length === 0 ? TYPES : named);
  if (types.has('number')) types.add('integer');
  return types;
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function listed(values: readonly JsonValue[]): string {
  const more = values.length - limits.eventSchemaValuesTold;
  const shown = values.slice(0, limits.eventSchemaValuesTold).map((value) => JSON.stringify(value));
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
