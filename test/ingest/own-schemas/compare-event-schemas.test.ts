import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareEventSchemas } from '../../../src/ingest/own-schemas/compare-event-schemas.ts';
import type { JsonObject, JsonValue } from '../../../src/model/json.ts';
import { anyProperties, anySchema } from './schema-world.ts';

const SEED = Number(process.env.SCHEMA_SEED ?? 41);
const NOTHING_SHIPPED: ReadonlySet<string> = new Set();
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});
const verdictOf = (
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  shipped = NOTHING_SHIPPED,
) => compareEventSchemas({ before, after, shipped }).verdict;

describe('a changed schema', () => {
  const step = (schema: JsonObject): JsonObject => object({ step: schema });
  it.each<readonly [string, JsonObject | undefined, JsonObject | undefined, string]>([
    ['that is the same', step({ type: 'integer' }), step({ type: 'integer' }), 'compatible'],
    [
      'of other words about it',
      step({ type: 'integer' }),
      step({ type: 'integer', title: 'Step' }),
      'compatible',
    ],
    ['with one more property', object({}), object({ a: { type: 'string' } }), 'compatible'],
    ['with one less', object({ a: { type: 'string' } }), object({}), 'compatible'],
    ['that is new', undefined, object({ a: { type: 'string' } }), 'compatible'],
    ['that is taken back', step({ type: 'integer' }), undefined, 'compatible'],
    ['that is new and asks for something', undefined, object({}, { required: ['a'] }), 'incompatible'],
    [
      'that asks for something more',
      object({ a: {} }),
      object({ a: {} }, { required: ['a'] }),
      'incompatible',
    ],
    ['that asks for less', object({ a: {} }, { required: ['a'] }), object({ a: {} }), 'compatible'],
    ['of a narrower type', step({ type: ['integer', 'string'] }), step({ type: 'integer' }), 'incompatible'],
    ['of a wider type', step({ type: 'integer' }), step({ type: 'number' }), 'compatible'],
    ['without one of its values', step({ enum: ['a', 'b'] }), step({ enum: ['a'] }), 'incompatible'],
    ['with one more value', step({ enum: ['a'] }), step({ enum: ['a', 'b'] }), 'compatible'],
    ['of any value instead of some', step({ enum: ['a'] }), step({ type: 'string' }), 'compatible'],
    ['with a lower bound', step({ type: 'number' }), step({ type: 'number', minimum: 1 }), 'incompatible'],
    [
      'with a bound that bounds nothing',
      step({ type: 'string' }),
      step({ type: 'string', minimum: 1 }),
      'compatible',
    ],
    ['with a bound that gives way', step({ maximum: 1 }), step({ maximum: 2 }), 'compatible'],
    ['that closes itself', object({}), object({}, { additionalProperties: false }), 'incompatible'],
    [
      'with a pattern',
      step({ type: 'string' }),
      step({ type: 'string', pattern: 'a', maxLength: 9 }),
      'incompatible',
    ],
    [
      'with other alternatives',
      step({ anyOf: [{ type: 'string' }] }),
      step({ anyOf: [{ type: 'null' }] }),
      'unclear',
    ],
    [
      'that refers to what has changed',
      object({ a: { type: 'array', items: { $ref: '#/$defs/d' } } }, { $defs: { d: { maxLength: 3 } } }),
      object({ a: { type: 'array', items: { $ref: '#/$defs/d' } } }, { $defs: { d: { maxLength: 2 } } }),
      'unclear',
    ],
    [
      'that says the same by a reference',
      step({ type: 'integer' }),
      object({ step: { $ref: '#/$defs/d' } }, { $defs: { d: { type: 'integer' } } }),
      'compatible',
    ],
  ])('%s', (_, before, after, verdict) => {
    expect(verdictOf(before, after)).toBe(verdict);
  });

  it('that asks more of what is shipped may refuse what is sent today', () => {
    const brand = object({ brand: { type: 'string', maxLength: 4 } });
    expect(verdictOf(undefined, brand)).toBe('compatible');
    expect(verdictOf(undefined, brand, new Set(['brand']))).toBe('unclear');
  });

  it('names the places, the worst first', () => {
    const before = object({ a: { type: 'string' }, b: { type: 'integer' } });
    const after = object({ a: {}, b: { type: 'string' } }, { required: ['c'] });
    expect(compareEventSchemas({ before, after, shipped: NOTHING_SHIPPED }).changes).toMatchObject([
      { path: '/required', effect: 'incompatible', text: 'c is required now' },
      { path: '/properties/b/type', effect: 'incompatible', text: 'integer is not allowed any more' },
      { path: '/properties/a/type', effect: 'compatible' },
    ]);
  });
});

/** The value with only what the schema names, at any depth. */
function ofNamed(value: JsonValue, schema: unknown): JsonValue {
  const { properties, items } = (schema ?? {}) as {
    readonly properties?: JsonObject;
    readonly items?: JsonObject;
  };
  if (Array.isArray(value)) return value.map((each: JsonValue) => ofNamed(each, items));
  if (typeof value !== 'object' || value === null) return value;
  const named = Object.entries(value).filter(
    ([name]) => properties !== undefined && Object.hasOwn(properties, name),
  );
  return Object.fromEntries(
    named.map(([name, each]) => [name, ofNamed(each as JsonValue, properties?.[name])]),
  );
}

describe('what is called compatible', () => {
  it('takes whatever the schema before it took, of what that one named', () => {
    const seed = SEED;
    let held = 0;
    const changed = anySchema.chain((before) =>
      fc.tuple(
        fc.constant(before),
        fc.oneof(anySchema, aLittleElse(before)),
        fc.array(anyProperties, { minLength: 20, maxLength: 30 }),
      ),
    );
    fc.assert(
      fc.property(changed, ([before, after, values]) => {
        if (verdictOf(before, after) !== 'compatible') return;
        const ajv = new Ajv2020({ strict: false, validateSchema: false });
        const [fitted, fits] = [ajv.compile(before), ajv.compile(after)];
        for (const value of values) {
          const named = ofNamed(value, before);
          if (!fitted(named)) continue;
          held++;
          expect([JSON.stringify(named), fits(named)]).toEqual([JSON.stringify(named), true]);
        }
      }),
      { seed, numRuns: 150 },
    );
    expect([seed, held > 20]).toEqual([seed, true]);
  });
});

/** The same schema with one of its words gone, or another number at it: what people mostly change. */
function aLittleElse(schema: JsonObject): fc.Arbitrary<JsonObject> {
  const words = wordsIn(schema, []);
  if (words.length === 0) return fc.constant(schema);
  return fc
    .tuple(fc.constantFrom(...words), fc.integer({ min: -2, max: 8 }))
    .map(([path, number]) => altered(schema, path, number) as JsonObject);
}

const WORDS = new Set([
  'minimum',
  'maxLength',
  'minLength',
  'maxItems',
  'minItems',
  'required',
  'type',
  'enum',
  'pattern',
  'minProperties',
]);

function wordsIn(value: JsonValue | undefined, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(WORDS.has(key) && path.at(-1) !== 'properties' ? [[...path, key]] : []),
    ...wordsIn(inner, [...path, key]),
  ]);
}

function altered(value: JsonValue | undefined, path: readonly string[], number: number): JsonValue {
  const [key = '', ...rest] = path;
  const copy: Record<string, JsonValue | undefined> | JsonValue[] = Array.isArray(value)
    ? [...value]
    : { ...(value as JsonObject) };
  const at = copy as Record<string, JsonValue | undefined>;
  if (rest.length > 0) at[key] = altered(at[key], rest, number);
  else if (typeof at[key] === 'number' && number >= 0) at[key] = number;
  else if (!Array.isArray(copy)) delete at[key];
  return copy as JsonValue;
}
