import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expandDefinitions } from '../../src/features/expand.ts';
import { createLiveSchemas } from '../../src/ingest/own-schemas/live-schemas.ts';
import { createPathCheck } from '../../src/ingest/schema-paths.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { retailPack } from '../oracle/definitions.ts';

const schemas = loadEventSchemas(fileURLToPath(new URL('../../schemas/events', import.meta.url)));
const check = createPathCheck({ schemas, allowCustomTypes: true });
const strict = createPathCheck({ schemas, allowCustomTypes: false });

const feature = (more: JsonObject): FeatureDefinition => {
  const [only] = expandDefinitions([
    { name: 'f', on: 'product_viewed', aggregate: 'last', window: '1h', ...more },
  ]);
  return only as FeatureDefinition;
};

describe('what a feature reads is held against the schemas', () => {
  it('and every shipped feature passes', () => {
    for (const definition of retailPack()) expect(strict(definition)).toEqual([]);
  });

  it.each<JsonObject>([
    { of: 'properties.brand' },
    { of: 'properties.seconds', aggregate: 'sum' },
    { of: 'properties.price', aggregate: 'sum', money: true },
    { of: 'properties.quantity', aggregate: 'sum' },
    { on: 'order_completed', of: 'properties.products[].category', aggregate: 'top_k' },
    { on: 'order_completed', of: 'properties.products[].price', aggregate: 'maximum', money: true },
    { on: 'order_completed', of: 'order.spend', aggregate: 'sum', money: true },
    { on: ['store_entered', 'product_viewed'], of: 'properties.brand' },
    { of: 'context.anything.at_all', aggregate: 'sum' },
    { of: 'traits.size' },
    { of: 'channel' },
    {
      of: 'properties.brand',
      where: { any: [{ 'properties.price': { gte: 3 } }, { channel: { in: ['web'] } }] },
    },
  ])('%j passes', (more) => {
    expect(check(feature(more))).toEqual([]);
  });

  it('a type that no schema knows is worth a warning, or refused where custom types are not taken', () => {
    const custom = feature({ on: ['fitting_guide_opened', 'product_viewed'], of: 'properties.anything' });
    expect(check(custom)).toEqual([
      expect.stringMatching(/No schema knows the event type "fitting_guide_opened"/),
    ]);
    expect(() => strict(custom)).toThrow(
      expect.objectContaining({ code: 'invalid_definition', path: '/on' }),
    );
  });

  it.each<[JsonObject, string, RegExp]>([
    [{ of: 'properties.brnd' }, '/of', /events of type product_viewed have no properties\.brnd/],
    [{ of: 'properties.product_id' }, '/of', /what is sent as product_id is kept as item_id/],
    [{ of: 'properties.brand.name' }, '/of', /have no properties\.brand\.name/],
    [{ of: 'order.spend' }, '/of', /events of type product_viewed say nothing of order\.spend/],
    [
      { of: 'properties.brand', aggregate: 'sum' },
      '/of',
      /sum is of numbers, and properties\.brand is string/,
    ],
    [{ of: 'properties.item_id', aggregate: 'maximum' }, '/of', /maximum is of numbers/],
    [{ of: 'properties.seconds', aggregate: 'sum', money: true }, '/money', /is no amount/],
    [
      { on: 'order_completed', of: 'properties.products[].brnd' },
      '/of',
      /have no properties\.products\[\]\.brnd/,
    ],
    [{ of: 'properties.brand[]', aggregate: 'last' }, '/of', /brand of product_viewed is no list/],
    [
      { of: 'properties.brand', where: { all: [{ 'properties.colr': { equals: 'red' } }] } },
      '/where/all/0/properties.colr',
      /have no properties\.colr/,
    ],
    [
      { of: 'properties.brand', where: { not: { 'properties.brand': { gt: 3 } } } },
      '/where/not/properties.brand/gt',
      /compares numbers, and properties\.brand is no number/,
    ],
  ])('%j is refused at %s', (more, path, why) => {
    try {
      check(feature(more));
      expect.unreachable('it passed');
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_definition', path });
      expect((error as Error).message).toMatch(why);
    }
  });
});

describe('types of which definitions say more', () => {
  const own = createLiveSchemas(schemas, () =>
    [
      {
        name: 'guide_opened',
        schema: { type: 'object', properties: { step: { type: 'integer' }, text: { type: 'string' } } },
      },
      {
        name: 'lift_used',
        schema: { type: 'object', properties: { floor: { type: 'integer' } }, additionalProperties: false },
      },
      {
        name: 'product_viewed',
        schema: { type: 'object', properties: { fee: { type: 'number', 'x-money': 'amount' } } },
      },
    ].map((definition) => ({ definition, version: 'v1' })),
  ).own;
  const knowing = createPathCheck({ schemas, own, allowCustomTypes: false });
  const sum = (on: string, of: string, more: object = {}) => ({
    name: 'f',
    on: [on],
    aggregate: 'sum' as const,
    of,
    window: 'lifetime',
    ...more,
  });

  it('are known, with their properties', () => {
    expect(knowing(sum('guide_opened', 'properties.step'))).toEqual([]);
    expect(knowing(sum('product_viewed', 'properties.fee', { money: true }))).toEqual([]);
    expect(() => knowing(sum('guide_opened', 'properties.text'))).toThrow(/sum is of numbers/);
    // A schema that leaves other properties open does not say that there are none.
    expect(knowing(sum('guide_opened', 'properties.other'))).toEqual([]);
    expect(() => knowing(sum('lift_used', 'properties.other'))).toThrow(/have no properties.other/);
    expect(() => knowing(sum('nothing_known', 'properties.other'))).toThrow(/there is no event type/);
  });
});
