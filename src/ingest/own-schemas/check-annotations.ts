import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { pointer } from '../rejection.ts';
import type { Shape } from '../shape.ts';
import { definitionOf } from './own-schema.ts';
import { refuseSchema } from './refuse-schema.ts';

const ANNOTATIONS = ['x-personal', 'x-class', 'x-aliases', 'x-money', 'x-as', 'x-fallback'] as const;
/** What a conversion can be made of; a value of any other type would pass by it. */
const CONVERTED = ['string', 'number', 'integer'];

export function isAnnotated(schema: JsonObject): boolean {
  return ANNOTATIONS.some((name) => schema[name] !== undefined);
}

/** Holds the annotations of the properties of a schema, and of what lies in them, against those of the shipped one. */
export function checkAnnotations(document: JsonObject, base: Shape): void {
  checkLevel({ document, base, path: '/schema', parts: [document, ...rootParts(document)] });
}

interface Level {
  readonly document: JsonObject;
  /** What the shipped schema says of the same object; absent where it says nothing. */
  readonly base: Shape | undefined;
  readonly path: string;
  /** The schemas whose `properties` are those of the object. */
  readonly parts: readonly JsonObject[];
}

function rootParts(document: JsonObject): readonly JsonObject[] {
  const { allOf } = document;
  return (Array.isArray(allOf) ? allOf : []).filter(isJsonObject).map((part) => follow(part, document));
}

function checkLevel({ document, base, path, parts }: Level): void {
  const properties = parts.flatMap(({ properties: named }) =>
    Object.entries(isJsonObject(named) ? named : {}).flatMap(([key, own]) =>
      isJsonObject(own) ? [{ key, own, target: follow(own, document) }] : [],
    ),
  );
  const named = new Set([...properties.map(({ key }) => key), ...(base?.known ?? [])]);
  const aliases = new Set(base?.aliases.keys());
  for (const { key, own, target } of properties) {
    const place = pointer(`${path}/properties`, key);
    const said = (name: string): JsonValue | undefined => own[name] ?? target[name];
    if (base?.known.has(key) && ANNOTATIONS.some((name) => said(name) !== undefined))
      refuseSchema(place, 'the shipped schema has this property, and says itself what is done with it');
    for (const alias of textsOf(said('x-aliases'))) {
      if (named.has(alias) || aliases.has(alias))
        refuseSchema(`${place}/x-aliases`, `${alias} is the name of another property, or stands for one`);
      aliases.add(alias);
    }
    checkConversion(said, target.type ?? own.type, place);
    const from = said('x-fallback');
    if (typeof from === 'string' && !named.has(from))
      refuseSchema(`${place}/x-fallback`, `there is no property ${from} beside it`);
    const child = base?.children.find((each) => each.key === key)?.shape;
    const inner = isJsonObject(target.items) ? follow(target.items, document) : target;
    checkLevel({ document, base: child, path: place, parts: [inner] });
  }
}

function checkConversion(
  said: (name: string) => JsonValue | undefined,
  type: JsonValue | undefined,
  place: string,
): void {
  if (said('x-money') !== undefined && said('x-as') !== undefined)
    refuseSchema(place, 'is x-money or x-as, not both');
  const name = said('x-money') !== undefined ? 'x-money' : said('x-as') !== undefined ? 'x-as' : undefined;
  if (name === undefined) return;
  const types = typeof type === 'string' ? [type] : textsOf(type);
  if (types.length === 0 || !types.every((each) => CONVERTED.includes(each)))
    refuseSchema(`${place}/${name}`, `needs a type beside it: ${CONVERTED.join(', ')} or several of these`);
}

function follow(schema: JsonObject, document: JsonObject): JsonObject {
  const { $ref: reference } = schema;
  const target = typeof reference === 'string' ? definitionOf(reference, document) : undefined;
  return target === undefined ? schema : follow(target, document);
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
