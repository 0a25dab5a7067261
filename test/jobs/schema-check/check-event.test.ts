import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNormalizer } from '../../../src/ingest/normalize.ts';
import { createLiveSchemas } from '../../../src/ingest/own-schemas/live-schemas.ts';
import { loadShippedSchemas } from '../../../src/ingest/schemas.ts';
import { createEventCheck, type EventVerdict } from '../../../src/jobs/schema-check/check-event.ts';
import type { Event } from '../../../src/model/event.ts';
import type { EventSchemaDefinition } from '../../../src/model/event-schema.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { versionOf } from '../../../src/model/version-of.ts';
import { anyProperties, anySchema } from '../../ingest/own-schemas/schema-world.ts';

const shipped = loadShippedSchemas();
const RECEIVED = Date.parse('2026-11-21T10:00:00Z');
const CONTEXT = { receivedAt: RECEIVED, source: 'till', defaultChannel: 'pos', publicKey: false };

interface World {
  readonly type: string;
  /** What was in force when the event came. */
  readonly before?: JsonObject | undefined;
  /** When it was put in force; before the event unless told. */
  readonly since?: number;
  readonly draft: JsonObject;
}

/** What is said of an event that was taken in, as history has it. */
function verdictOf(properties: JsonObject, { type, before, since = 0, draft }: World): EventVerdict {
  const definition = (schema: JsonObject): EventSchemaDefinition => ({ name: type, schema });
  const inForce = before && [{ definition: definition(before), version: versionOf(before) }];
  const live = createLiveSchemas(shipped, () => inForce);
  const normalize = createNormalizer({
    schemas: shipped,
    own: live.own,
    defaultCurrency: 'CNY',
    allowCustomTypes: true,
    sources: {},
  });
  const taken = normalize({ id: 'e-1', type, properties }, CONTEXT);
  if (!taken.ok) throw new Error(taken.message);
  const schema = live.own().get(type);
  const check = createEventCheck({
    definition: definition(draft),
    base: shipped.types.get(type) ?? shipped.custom,
    inForce: schema && { schema, since },
    defaultCurrency: 'CNY',
  });
  for (const { keys } of taken.personal) seal(taken.event, keys);
  return check(JSON.parse(JSON.stringify(taken.event)) as Event);
}

function seal(event: object, keys: readonly string[]): void {
  let holder = event as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  holder[keys.at(-1) ?? ''] = { $sealed: 'v1.x', kind: 'phone' };
}

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});

describe('the check of a stored event', () => {
  it('says what JSON Schema says of what was sent, where nothing was converted or sealed', () => {
    const seed = Number(process.env.SCHEMA_SEED ?? 41);
    let refused = 0;
    fc.assert(
      fc.property(anySchema, fc.array(anyProperties, { minLength: 8, maxLength: 12 }), (draft, values) => {
        const fits = new Ajv2020({ strict: false }).compile(draft);
        for (const properties of values) {
          const verdict = verdictOf(properties, { type: 'guide_opened', draft });
          if (verdict.fault !== undefined) refused++;
          expect([JSON.stringify(properties), verdict.fault === undefined]).toEqual([
            JSON.stringify(properties),
            fits(properties),
          ]);
        }
      }),
      { seed, numRuns: 12 },
    );
    expect([seed, refused > 5]).toEqual([seed, true]);
  });

  it('asks of amounts in their own unit, and does not ask how they were written', () => {
    const money = { type: ['number', 'string'], 'x-money': 'amount' };
    const before = object({ fee: money });
    const bounded = object({ fee: { type: 'number', maximum: 20, 'x-money': 'amount' } });
    const world = { type: 'repair_ordered', before, draft: bounded };
    expect(verdictOf({ fee: '12.50' }, world)).toEqual({ skipped: [] });
    expect(verdictOf({ fee: 20.01 }, world).fault).toMatchObject({
      path: '/properties/fee',
      message: 'must be at most 20',
    });
    const asText = object({ fee: { type: 'string', 'x-money': 'amount' } });
    expect(verdictOf({ fee: 12.5 }, { ...world, draft: asText })).toEqual({
      skipped: [{ path: '/properties/fee', why: 'converted' }],
    });
  });

  it('leaves alone what a definition may have converted that is not in force any more', () => {
    const before = object({ fee: { type: ['number', 'string'], 'x-money': 'amount' } });
    const draft = object({ fee: { type: ['number', 'string'], maximum: 20, 'x-money': 'amount' } });
    expect(verdictOf({ fee: 99 }, { type: 'repair_ordered', before, since: RECEIVED + 1, draft })).toEqual({
      skipped: [{ path: '/properties/fee', why: 'converted' }],
    });
  });

  it('tells what could not be converted', () => {
    const draft = object({ fee: { type: ['number', 'string'], 'x-money': 'amount' } });
    expect(verdictOf({ fee: 'much' }, { type: 'repair_ordered', draft }).fault).toMatchObject({
      code: 'invalid_amount',
      path: '/properties/fee',
    });
  });

  it('counts what is sealed as fitting, and as there', () => {
    const draft = object(
      { phone: { type: 'string', maxLength: 3 }, recipient: object({}, { required: ['name'] }) },
      { required: ['phone'] },
    );
    const verdict = verdictOf(
      { phone: '13912345678', recipient: { phone: '1' } },
      { type: 'repair_ordered', draft },
    );
    expect(verdict.fault).toBeUndefined();
    expect(verdict.skipped.map(({ path }) => path).sort()).toEqual([
      '/properties/phone',
      '/properties/recipient',
    ]);
    expect(verdictOf({}, { type: 'repair_ordered', draft }).fault).toMatchObject({
      path: '/properties/phone',
    });
  });

  it('looks at orders as they were sent, and at what was sent under another name', () => {
    const line = object(
      { price: { maximum: 50 }, engraving: { type: 'string' } },
      { required: ['engraving'] },
    );
    const draft = object(
      { products: { type: 'array', items: line }, total: { maximum: 100 } },
      { required: ['affiliation'] },
    );
    const products = [
      { product_id: 'a', price: '49.90', quantity: 2, engraving: 'A' },
      { product_id: 'b', price: 0.1, quantity: 2 },
    ];
    const order = { order_id: 'o', total: '100.00', affiliation: 'shop', products };
    expect(verdictOf(order, { type: 'order_completed', draft }).fault).toMatchObject({
      path: '/properties/products/1/engraving',
    });
    const wrong = { ...order, total: 100.01, products: products.slice(0, 1) };
    expect(verdictOf(wrong, { type: 'order_completed', draft }).fault).toMatchObject({
      path: '/properties/total',
    });
  });
});
