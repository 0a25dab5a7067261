import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventSchemaReader } from '../../../src/definitions/event-schema-reader.ts';
import { createNormalizer } from '../../../src/ingest/normalize.ts';
import { createLiveSchemas } from '../../../src/ingest/own-schemas/live-schemas.ts';
import { loadShippedSchemas } from '../../../src/ingest/schemas.ts';
import type { Versioned } from '../../../src/model/definitions.ts';
import type { EventSchemaDefinition } from '../../../src/model/event-schema.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { versionOf } from '../../../src/model/version-of.ts';
import { anyProperties, anySchema } from './schema-world.ts';

const shipped = loadShippedSchemas();
const read = createEventSchemaReader(() => shipped);
const CONTEXT = {
  receivedAt: Date.parse('2026-11-21T10:00:00Z'),
  source: 'till',
  defaultChannel: 'pos',
  publicKey: false,
};

let inForce: readonly Versioned<EventSchemaDefinition>[] | undefined;
const live = createLiveSchemas(shipped, () => inForce);
const normalize = createNormalizer({
  schemas: shipped,
  own: live.own,
  defaultCurrency: 'CNY',
  allowCustomTypes: false,
  sources: {},
});

function put(...definitions: readonly EventSchemaDefinition[]): void {
  inForce = definitions.map((each) => {
    const definition = read(each);
    return { definition, version: versionOf(definition) };
  });
}

const take = (type: string, properties: JsonObject) => normalize({ id: 'e-1', type, properties }, CONTEXT);

describe('what a definition asks of events', () => {
  it('is what JSON Schema means by it, of a type that only the definition knows', () => {
    const seed = Number(process.env.SCHEMA_SEED ?? 41);
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(anySchema, fc.array(anyProperties, { minLength: 20, maxLength: 30 }), (schema, values) => {
        const plain = new Ajv2020({ strict: false }).compile(schema);
        put({ name: 'fitting_guide_opened', schema });
        for (const properties of values) {
          const fits = plain(properties);
          if (fits) accepted++;
          else refused++;
          expect([JSON.stringify(properties), take('fitting_guide_opened', properties).ok]).toEqual([
            JSON.stringify(properties),
            fits,
          ]);
        }
      }),
      { seed, numRuns: 25 },
    );
    // Otherwise it has shown nothing.
    expect([seed, accepted > 20, refused > 20]).toEqual([seed, true, true]);
  });

  it('stands beside the shipped schema, whatever it says', () => {
    put({
      name: 'product_viewed',
      schema: { type: 'object', required: ['shelf'], properties: { shelf: { type: 'string' } } },
    });
    expect(take('product_viewed', { item_id: 'i', shelf: 'A1' })).toMatchObject({ ok: true });
    expect(take('product_viewed', { shelf: 'A1' })).toMatchObject({
      code: 'schema_violation',
      path: '/properties',
      schemaVersion: shipped.types.get('product_viewed')?.label,
    });
    expect(take('product_viewed', { item_id: 'i' })).toMatchObject({
      code: 'schema_violation',
      path: '/properties/shelf',
      message: 'is required',
      schemaVersion: `product_viewed@${inForce?.[0]?.version}`,
    });
  });

  it('makes a type known where custom ones are refused, for as long as it is in force', () => {
    put({ name: 'guide_read', schema: { type: 'object' } });
    expect(take('guide_read', { any: 1 })).toMatchObject({ ok: true });
    expect(live.find('guide_read')?.own?.name).toBe('guide_read');
    inForce = undefined;
    expect(take('guide_read', { any: 1 })).toMatchObject({ code: 'unknown_type' });
    expect(live.find('guide_read')).toBeUndefined();
  });

  it('names, converts and seals what it marks', () => {
    put({
      name: 'repair_ordered',
      schema: {
        type: 'object',
        properties: {
          fee: { type: ['number', 'string'], 'x-money': 'amount' },
          ticket: { type: ['string', 'integer'], 'x-as': 'text', 'x-aliases': ['ticketNo'] },
          courier: {
            type: 'object',
            properties: { phone: { type: 'string', 'x-personal': 'phone' }, van: { type: 'string' } },
          },
          parts: {
            type: 'array',
            items: { type: 'object', properties: { price: { type: 'number', 'x-money': 'unit' } } },
          },
        },
      },
    });
    const taken = take('repair_ordered', {
      fee: '12.50',
      ticketNo: 88,
      courier: { phone: '13900001111', van: 'V1' },
      parts: [{ price: 0.125 }],
    });
    expect(taken).toMatchObject({
      ok: true,
      event: {
        currency: 'CNY',
        properties: { fee: 1250, ticket: '88', courier: { van: 'V1' }, parts: [{ price: 12.5 }] },
      },
    });
    expect(taken.ok && taken.personal.map(({ path }) => path)).toEqual(['/properties/courier/phone']);
    expect(take('repair_ordered', { fee: 'much' })).toMatchObject({
      code: 'invalid_amount',
      path: '/properties/fee',
    });
    expect(take('repair_ordered', { ticketNo: true })).toMatchObject({
      code: 'schema_violation',
      path: '/properties/ticketNo',
      message: 'must be string or integer',
    });
  });

  it('does not seal twice what lies in something sealed', () => {
    put({
      name: 'product_shared',
      schema: {
        type: 'object',
        properties: {
          recipient: { type: 'object', properties: { phone: { type: 'string', 'x-personal': 'phone' } } },
        },
      },
    });
    const taken = take('product_shared', { item_id: 'i', recipient: { phone: '13900001111' } });
    expect(taken.ok && taken.personal.map(({ path }) => path)).toEqual(['/properties/recipient']);
  });

  it('is compiled again only where it has changed', () => {
    const guide = { name: 'guide_read', schema: { type: 'object' } };
    put(guide);
    const before = live.own();
    expect(live.own()).toBe(before);
    put(guide);
    expect(live.own()).toBe(before);
    put(guide, { name: 'guide_left', schema: { type: 'object' } });
    expect(live.own()).not.toBe(before);
    expect(live.own().get('guide_read')).toBe(before.get('guide_read'));
  });
});

describe('a definition that is refused', () => {
  const deep = (levels: number): JsonObject =>
    levels === 0 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } };
  const doubling = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => {
      const reference = { $ref: `#/$defs/d${n + 1}` };
      return [`d${n}`, n === 19 ? { type: 'string' } : { allOf: [reference, reference] }];
    }),
  );
  const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
    type: 'object',
    properties,
    ...more,
  });
  it.each<readonly [string, string, JsonObject, string]>([
    ['a word that is none', 'x', object({ a: { minLenght: 3 } }), '/schema/properties/a'],
    ['no object', 'x', { type: 'array' }, '/schema/type'],
    [
      'a schema from elsewhere',
      'x',
      object({ a: { $ref: 'https://example.com/s.json' } }),
      '/schema/properties/a/$ref',
    ],
    ['a reference to nothing', 'x', object({ a: { $ref: '#/$defs/none' } }), '/schema/properties/a/$ref'],
    [
      'a circle',
      'x',
      object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: { type: 'array', items: { $ref: '#/$defs/a' } } } }),
      '/schema/$defs/a/items/$ref',
    ],
    [
      'what unfolds into a million parts',
      'x',
      object({ a: { $ref: '#/$defs/d0' } }, { $defs: doubling }),
      '',
    ],
    ['what is too deep', 'x', deep(14), ''],
    [
      'a pattern that looks around',
      'x',
      object({ a: { pattern: '(?=a)', maxLength: 9 } }),
      '/schema/properties/a/pattern',
    ],
    [
      'a pattern over texts of any length',
      'x',
      object({ a: { pattern: '^(a+)+$' } }),
      '/schema/properties/a',
    ],
    [
      'patterns with more ways than anybody can go',
      'x',
      object({ a: { pattern: '(a|b){20}', maxLength: 99 }, b: { pattern: '(a|b){20}', maxLength: 99 } }),
      '/schema/properties/b/pattern',
    ],
    [
      'a list of any length to compare',
      'x',
      object({ a: { type: 'array', uniqueItems: true } }),
      '/schema/properties/a',
    ],
    ['fractions of fractions', 'x', object({ a: { multipleOf: 0.1 } }), '/schema/properties/a/multipleOf'],
    [
      'an unknown kind of personal data',
      'x',
      object({ a: { 'x-personal': 'shoe' } }),
      '/schema/properties/a/x-personal',
    ],
    [
      'a mark where nobody reads it',
      'x',
      { type: 'object', anyOf: [object({ a: { 'x-personal': 'phone' } })] },
      '/schema/anyOf/0/properties/a',
    ],
    [
      'personal data in a list',
      'x',
      object({ a: { type: 'array', items: object({ b: { 'x-personal': 'phone' } }) } }),
      '/schema/properties/a/items/properties/b/x-personal',
    ],
    ['money of no type', 'x', object({ a: { 'x-money': 'amount' } }), '/schema/properties/a/x-money'],
    [
      'an alias that is a name',
      'x',
      object({ a: { 'x-aliases': ['b'] }, b: {} }),
      '/schema/properties/a/x-aliases',
    ],
    [
      'what stands in and is not there',
      'x',
      object({ a: { 'x-fallback': 'b' } }),
      '/schema/properties/a/x-fallback',
    ],
    [
      'an annotation of what the engine reads',
      'order_completed',
      object({ order_id: { 'x-personal': 'name' } }),
      '/schema/properties/order_id',
    ],
    [
      'an alias of another property',
      'product_viewed',
      object({ product_id: {} }),
      '/schema/properties/product_id',
    ],
    ['a name that events never keep', 'order_paid', { type: 'object' }, '/name'],
    ['if without then', 'x', object({ a: { if: { type: 'string' } } }), '/schema'],
    [
      'a text that is too large',
      'x',
      object({ a: { enum: Array.from({ length: 400 }, (_, n) => `${n}`.padEnd(120)) } }),
      '/schema',
    ],
  ])('for %s', (_, name, schema, path) => {
    let thrown: unknown;
    try {
      read({ name, schema });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'invalid_definition' });
    if (path !== '') expect(thrown).toMatchObject({ path });
  });
});
