import { describe, expect, it } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import type { Normalize } from '../../src/ingest/normalize.ts';
import { withStoreNames } from '../../src/ingest/store-names.ts';
import type { JsonObject } from '../../src/model/json.ts';

const catalog = new Catalog();
catalog.take('s/1', { store_id: 'SH-1', aliases: ['till-7', 'loc-9'] });
catalog.take('s/2', { store_id: 'SH-2' });

/** Takes an event as it is. */
const plainly: Normalize = ({ type, properties, context }) => ({
  ok: true,
  // What the rest of an event says does not matter here.
  event: { type, properties, ...(context === undefined ? {} : { context }) } as never,
  rawIdentifiers: {},
  rawTraits: {},
  personal: [],
});
const normalize = withStoreNames(plainly, () => catalog);

function resolved(properties: JsonObject, place?: JsonObject, type = 'order_completed'): unknown {
  const wire = { type, properties, ...(place === undefined ? {} : { context: place }) };
  const context = { receivedAt: 0, source: 's', defaultChannel: 'web', publicKey: false };
  const result = normalize(wire, context);
  return result.ok ? result.event : undefined;
}

describe('names of stores in events', () => {
  it('become the ids of the catalog, and what was sent stays beside them', () => {
    expect(
      resolved(
        { store: 'till-7', sold_in: 'loc-9', fulfilled_by: 'till-7', total: 5 },
        { store: 'loc-9', ip: 'x' },
      ),
    ).toEqual({
      type: 'order_completed',
      properties: {
        ...{ store: 'SH-1', original_store: 'till-7', sold_in: 'SH-1', original_sold_in: 'loc-9' },
        ...{ fulfilled_by: 'SH-1', original_fulfilled_by: 'till-7', total: 5 },
      },
      context: { store: 'SH-1', original_store: 'loc-9', ip: 'x' },
    });
    expect(resolved({ store: 'SH-2' }, { store: 'till-7' })).toMatchObject({
      properties: { store: 'SH-2' },
      context: { store: 'SH-1', original_store: 'till-7' },
    });
  });

  it('stay as they are where the catalog knows none of them, and cost no copy', () => {
    for (const properties of [{ store: 'unknown' }, { store: 'SH-1', sold_in: 5 }, {}]) {
      const place = { store: 'SH-2' };
      const event = resolved(properties, place) as { properties: JsonObject; context: JsonObject };
      expect(event).toEqual({ type: 'order_completed', properties, context: { store: 'SH-2' } });
      expect(event.properties).toBe(properties);
      expect(event.context).toBe(place);
    }
    expect(resolved({ store: 'till-7' })).not.toHaveProperty('context');
  });

  it('stay as they are where the event says what the names are', () => {
    for (const type of ['item_changed', 'stock_changed'])
      expect(resolved({ store: 'till-7' }, undefined, type)).toEqual({
        type,
        properties: { store: 'till-7' },
      });
  });
});
