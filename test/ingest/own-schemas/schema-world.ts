import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/model/json.ts';

/*
 * Schemas as somebody could write them, and values that fit them, nearly fit them, or do not: of few words and few names, so that values
 * often meet what the schema says of them.
 */
const NAMES = ['step', 'size', 'tags', 'inner', 'note'] as const;
const TEXTS = ['', 'a', 'pear', 'S-12', 'ab12', '2026-11-21', 'A1', 'x'.repeat(30), '😀'] as const;
const NUMBERS = [-1, 0, 1, 2.5, 7, 10, 1e6] as const;
const PATTERNS = ['^[a-z]+$', '^S-\\d{1,3}$', 'a', '^(pear|apple)$', '^.{2,4}$', '[^a]', '^\\w+$'] as const;

const plain = fc.oneof(
  fc.constantFrom<JsonValue>(...TEXTS),
  fc.constantFrom<JsonValue>(...NUMBERS),
  fc.constantFrom<JsonValue>(true, false, null),
);

const small = fc.integer({ min: 0, max: 6 });

const ofText = fc.record(
  {
    type: fc.constant('string'),
    minLength: small,
    maxLength: fc.integer({ min: 1, max: 20 }),
    pattern: fc.constantFrom(...PATTERNS),
  },
  { requiredKeys: ['maxLength'] },
);
const ofNumber = fc.record(
  {
    type: fc.constantFrom('number', 'integer'),
    minimum: fc.constantFrom(...NUMBERS),
    exclusiveMaximum: fc.constantFrom(...NUMBERS),
    multipleOf: fc.constantFrom(1, 2, 5),
  },
  { requiredKeys: [] },
);
const ofValues = fc.record({ enum: fc.uniqueArray(plain, { minLength: 1, maxLength: 4 }) });

/** What may be said of one value, some levels deep. */
const anything = fc.letrec<{ schema: JsonObject; object: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ofText,
    ofNumber,
    ofValues,
    fc.constant({}),
    fc.record({
      type: fc.uniqueArray(fc.constantFrom('string', 'integer', 'null', 'array'), { minLength: 1 }),
    }),
    tie('object'),
    fc.record(
      {
        type: fc.constant('array'),
        items: tie('schema'),
        minItems: small,
        maxItems: fc.integer({ min: 1, max: 4 }),
        uniqueItems: fc.boolean(),
      },
      { requiredKeys: ['maxItems'] },
    ),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie('schema') }),
    // biome-ignore lint/suspicious/noThenProperty: it is a word of JSON Schema, and nobody awaits a schema.
    fc.record({ if: tie('schema'), then: tie('schema'), else: tie('schema') }),
  ),
  object: fc.record(
    {
      type: fc.constant('object'),
      properties: fc.dictionary(fc.constantFrom(...NAMES), tie('schema'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      required: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }),
      additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
      propertyNames: fc.constant({ maxLength: 4 }),
      minProperties: fc.integer({ min: 0, max: 2 }),
      dependentRequired: fc.constant({ step: ['size'] }),
    },
    { requiredKeys: ['type', 'properties'] },
  ),
}));

/** A schema of properties, as a definition holds it. */
export const anySchema: fc.Arbitrary<JsonObject> = anything.object;

export const anyProperties: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom(...NAMES),
  fc.oneof(
    plain,
    fc.array(plain, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), plain, { maxKeys: 3, noNullPrototype: true }),
  ),
  { maxKeys: 4, noNullPrototype: true },
);
