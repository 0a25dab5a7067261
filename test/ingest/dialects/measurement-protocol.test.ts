import { describe, expect, it } from 'vitest';
import { measurementProtocol } from '../../../src/ingest/dialects/measurement-protocol.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { openRecorded } from './open-recorded.ts';

async function decodeAll(body: JsonObject): Promise<readonly JsonObject[]> {
  const request = {
    from: 'test',
    method: 'POST',
    url: '/mp/collect?measurement_id=G-1&api_secret=wk_1',
    headers: {},
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
  };
  return (await openRecorded(measurementProtocol, request)).map((outcome) => {
    if (!outcome.ok) throw new TypeError(`rejected: ${outcome.code}`);
    return outcome.event;
  });
}

async function decode(name: string, params: JsonObject, envelope: JsonObject = {}): Promise<JsonObject> {
  const [event] = await decodeAll({ client_id: 'c-1', ...envelope, events: [{ name, params }] });
  return event!;
}

const ITEM = {
  item_id: 'spu-1',
  item_name: 'Dress',
  item_category: 'women',
  item_category2: 'dresses',
  item_variant: 'red',
  price: 359,
  discount: 40,
  quantity: 2,
};

describe('a request', () => {
  it('is about one visitor or user, with traits and events', async () => {
    const found = await decodeAll({
      client_id: 'c-1',
      user_id: 'u-1',
      timestamp_micros: '1795372795056123',
      user_properties: { size: { value: 'L' } },
      events: [
        { name: 'page_view', params: { page_location: 'https://shop.example' } },
        { name: 'login', params: {} },
      ],
    });
    expect(found).toMatchObject([
      {
        type: 'page_view',
        time: 1795372795056,
        identifiers: { anonymous_id: 'c-1', user_id: 'u-1' },
        traits: { size: 'L' },
        properties: { page_location: 'https://shop.example' },
      },
      { type: 'login' },
    ]);
  });

  it('without events is unreadable', async () => {
    await expect(decodeAll({ client_id: 'c-1' })).rejects.toMatchObject({ code: 'unreadable_body' });
  });
});

describe('ids', () => {
  const at = { timestamp_micros: 1795372795056123 };

  it('are the same for the same event at the same time, and differ otherwise', async () => {
    const one = await decode('view_item', { items: [ITEM] }, at);
    expect((await decode('view_item', { items: [ITEM] }, at)).id).toBe(one.id);
    const others = [
      await decode('view_item', { items: [ITEM] }, { timestamp_micros: 1795372795056124 }),
      await decode('view_item', { items: [ITEM] }, { ...at, client_id: 'c-2' }),
      await decode('view_item', {}, at),
      await decode('add_to_cart', { items: [ITEM] }, at),
    ];
    expect(new Set([one, ...others].map(({ id }) => id)).size).toBe(5);
  });

  it('are the sender’s where it has some, and none where two events could not be told apart', async () => {
    expect((await decode('purchase', { event_id: 'e-1' })).id).toBe('e-1');
    expect(await decode('page_view', {})).not.toHaveProperty('id');
  });
});

describe('goods', () => {
  it('are at the top of what is about one product', async () => {
    const { properties } = await decode('add_to_cart', { currency: 'CNY', items: [ITEM] });
    expect(properties).toMatchObject({
      currency: 'CNY',
      item_id: 'spu-1',
      category: 'women/dresses',
      variant: 'red',
      quantity: 2,
    });
    expect(properties).not.toHaveProperty('items');
  });

  it('of an order are its lines, whose prices have the discount taken off already', async () => {
    const { properties } = await decode('purchase', {
      transaction_id: 'o-1',
      value: 718,
      currency: 'CNY',
      items: [ITEM],
    });
    const { products } = properties as JsonObject;
    expect(properties).toMatchObject({ transaction_id: 'o-1', value: 718 });
    expect(products).toMatchObject([{ item_id: 'spu-1', price: 359, unit_discount: 40 }]);
    expect((products as JsonObject[])[0]).not.toHaveProperty('discount');
  });
});
