import { compileTextPattern } from '../../conditions/text-pattern.ts';
import { limits } from '../../limits.ts';
import type { EventSchemaDefinition } from '../../model/event-schema.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { pointer } from '../rejection.ts';
import type { EventSchema } from '../schemas.ts';
import type { Shape } from '../shape.ts';
import { placesOf } from './bounded-expression.ts';
import { checkAnnotations, isAnnotated } from './check-annotations.ts';
import { definitionOf } from './own-schema.ts';
import { refuseSchema } from './refuse-schema.ts';

/**
 * What the schema of schemas cannot say of one that somebody has written. What may be asked of events has to be bounded: the parts
 * that one event is held against, each with all that it refers to, so that a few references do not unfold into millions; texts that
 * patterns look at; lists whose items are compared with each other. And annotations have to stand where they are read, and must not say of
 * what the engine itself reads anything else than the shipped schema does.
 */
export function checkOwnSchema({ schema }: EventSchemaDefinition, base: Pick<EventSchema, 'shape'>): void {
  new SchemaWalk(schema).visit(schema, {
    path: '/schema',
    depth: 0,
    through: [],
    kind: 'object',
    isList: false,
    base: base.shape,
  });
  checkAnnotations(schema, base.shape);
}

const NOTHING: JsonObject = Object.freeze({});

/** Where a part of a schema stands. */
interface Place {
  readonly path: string;
  readonly depth: number;
  /** References that led here. */
  readonly through: readonly string[];
  /** Whether annotations are read of what it names, of itself as well, or of neither. */
  readonly kind: 'object' | 'property' | 'closed';
  /** Whether it is about items of a list. */
  readonly isList: boolean;
  /** What the shipped schema says at this place. */
  readonly base: Shape | undefined;
}

class SchemaWalk {
  readonly #document: JsonObject;
  #parts = 0;
  #followed = 0;

  constructor(document: JsonObject) {
    this.#document = document;
  }

  visit(schema: JsonValue | undefined, place: Place): void {
    const { path, depth, kind, isList } = place;
    this.#count(schema, path);
    if (depth > limits.eventSchemaDepthMax)
      refuseSchema(path, `lies deeper than ${limits.eventSchemaDepthMax} parts in each other`);
    if (!isJsonObject(schema)) return;
    if (kind !== 'property' && isAnnotated(schema))
      refuseSchema(
        path,
        'annotations are read of properties only, not within anyOf, oneOf, not, if or the like',
      );
    if (isList && schema['x-personal'] !== undefined)
      refuseSchema(`${path}/x-personal`, 'lists hold no personal fields');
    checkCosts(schema, path);
    this.#follow(schema, place);
    this.#inside(schema, place);
  }

  /** Lists of values and comparisons of items count for as many parts as they cost. */
  #count(schema: JsonValue | undefined, path: string): void {
    const { enum: values, uniqueItems, pattern } = isJsonObject(schema) ? schema : NOTHING;
    this.#parts += 1 + Math.floor(listOf(values).length / 10) + (uniqueItems === true ? 50 : 0);
    if (this.#parts > limits.eventSchemaPartsMax)
      refuseSchema(
        path,
        `the schema has more than ${limits.eventSchemaPartsMax} parts, with what its references stand for`,
      );
    if (typeof pattern !== 'string') return;
    compileTextPattern(pattern, `${path}/pattern`);
    this.#followed += placesOf(pattern);
    if (this.#followed > limits.eventSchemaPatternPlacesMax)
      refuseSchema(
        `${path}/pattern`,
        'the patterns of the schema, with what its references stand for, have too many ways to go on; ' +
          'let them begin with ^ and repeat one thing each',
      );
  }

  #follow({ $ref: reference }: JsonObject, place: Place): void {
    if (typeof reference !== 'string') return;
    const path = `${place.path}/$ref`;
    if (place.through.includes(reference)) refuseSchema(path, 'leads back to itself');
    const target = definitionOf(reference, this.#document);
    if (target === undefined) refuseSchema(path, `there is no ${reference}`);
    this.visit(target, {
      ...place,
      path: `/schema${reference.slice(1)}`,
      depth: place.depth + 1,
      through: [...place.through, reference],
    });
  }

  #inside(schema: JsonObject, place: Place): void {
    const { path, base, kind } = place;
    const at = (...steps: readonly string[]): Place => ({
      ...place,
      path: steps.reduce<string>(pointer, path),
      depth: place.depth + 1,
      kind: 'closed',
      base: undefined,
    });
    for (const [key, value] of entriesOf(schema.properties)) {
      const isRead = kind !== 'closed';
      if (isRead) checkName(key, base, pointer(`${path}/properties`, key));
      const child = base?.children.find((each) => each.key === key)?.shape;
      this.visit(value, { ...at('properties', key), kind: isRead ? 'property' : 'closed', base: child });
    }
    if (kind !== 'closed') checkRequired(schema, base, path);
    const { items } = schema;
    if (items !== undefined) {
      const isRead = kind === 'property';
      this.visit(items, {
        ...at('items'),
        kind: isRead ? 'object' : 'closed',
        isList: true,
        base: isRead ? base : undefined,
      });
    }
    for (const [n, part] of listOf(schema.allOf).entries()) {
      const isRoot = place.depth === 0;
      this.visit(part, {
        ...at('allOf', String(n)),
        kind: isRoot ? 'object' : 'closed',
        base: isRoot ? base : undefined,
      });
    }
    for (const keyword of ['anyOf', 'oneOf'])
      for (const [n, part] of listOf(schema[keyword]).entries()) this.visit(part, at(keyword, String(n)));
    for (const keyword of ['additionalProperties', 'propertyNames', 'not', 'if', 'then', 'else'])
      if (schema[keyword] !== undefined) this.visit(schema[keyword], at(keyword));
  }
}

/** What would cost more than in proportion to the event is bounded where it stands. */
function checkCosts(schema: JsonObject, path: string): void {
  const { pattern, maxLength, uniqueItems, maxItems } = schema;
  const isShort = typeof maxLength === 'number' && maxLength <= limits.eventSchemaPatternTextMax;
  if (pattern !== undefined && !isShort)
    refuseSchema(path, `a pattern needs a maxLength beside it, at most ${limits.eventSchemaPatternTextMax}`);
  if (schema.format !== undefined && typeof maxLength !== 'number')
    refuseSchema(path, 'a format needs a maxLength beside it');
  if (uniqueItems !== true) return;
  if (typeof maxItems !== 'number' || maxItems > limits.eventSchemaUniqueItemsMax)
    refuseSchema(path, `uniqueItems needs a maxItems beside it, at most ${limits.eventSchemaUniqueItemsMax}`);
}

/** What is sent under another name has its own by the time that a schema looks at it. */
function checkName(key: string, base: Shape | undefined, path: string): void {
  const canonical = base?.aliases.get(key);
  if (canonical !== undefined) refuseSchema(path, `what is sent as ${key} is kept as ${canonical}; say that`);
}

function checkRequired({ required }: JsonObject, base: Shape | undefined, path: string): void {
  for (const [n, key] of listOf(required).entries())
    if (typeof key === 'string') checkName(key, base, `${path}/required/${n}`);
}

function entriesOf(value: JsonValue | undefined): readonly (readonly [string, JsonValue | undefined])[] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
