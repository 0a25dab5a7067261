import { describe, expect, it } from 'vitest';
import { asObject } from '../../../src/ingest/dialects/present.ts';
import { snowplow } from '../../../src/ingest/dialects/snowplow/snowplow.ts';
import type { JsonObject, JsonValue } from '../../../src/model/json.ts';
import { type Outcome, openRecorded, readRecorded, routeOf } from './open-recorded.ts';

const recorded = readRecorded('snowplow');
const SHOP = 'iglu:com.snowplowanalytics.snowplow.ecommerce';

async function openAll(from: string): Promise<readonly JsonObject[]> {
  const sent = recorded.filter((request) => request.from === from);
  return (await Promise.all(sent.map((request) => openRecorded(snowplow, request)))).flat().map(eventOf);
}

function eventOf(outcome: Outcome | undefined): JsonObject {
  if (!outcome?.ok) throw new TypeError(`rejected: ${outcome?.code}`);
  return outcome.event;
}

async function decode(row: JsonObject): Promise<Outcome | undefined> {
  const body = Buffer.from(JSON.stringify({ data: [row] })).toString('base64');
  const url = '/com.snowplowanalytics.snowplow/tp2';
  return (await openRecorded(snowplow, { from: 'test', method: 'POST', url, headers: {}, body }))[0];
}

function selfDescribing(schema: string, data: JsonObject): string {
  const event = { schema: `iglu:${schema}/jsonschema/1-0-0`, data };
  return JSON.stringify({
    schema: 'iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0',
    data: event,
  });
}

async function act(
  type: string,
  ...entities: readonly (readonly [string, JsonObject])[]
): Promise<JsonObject> {
  const data = entities.map(([name, entity]) => ({
    schema: `${SHOP}/${name}/jsonschema/1-0-0`,
    data: entity,
  }));
  const action = selfDescribing('com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action', {
    type,
  });
  return eventOf(await decode({ e: 'ue', ue_pr: action, co: JSON.stringify({ schema: 'contexts', data }) }));
}

describe('what the trackers send', () => {
  it('of Node: rows with base64, and one in an address', async () => {
    const found = await openAll('node-tracker');
    expect(found.map(({ type, identifiers }) => [type, identifiers])).toEqual([
      ['page_viewed', { anonymous_id: 'd-1' }],
      ['product_viewed', { anonymous_id: 'd-1' }],
      ['identify', { user_id: 'u-1', anonymous_id: 'd-1' }],
      ['order_completed', { user_id: 'u-1', anonymous_id: 'd-1' }],
      ['add-to-basket', { user_id: 'u-1', anonymous_id: 'd-1' }],
      ['page_viewed', {}],
    ]);
    expect(found[1]).toMatchObject({ properties: { product_id: 'spu-1', price: 399 }, channel: 'server' });
    expect(found[2]?.traits).toEqual({ email: 'ann@example.com' });
    expect(found[3]?.properties).toEqual({ order_id: 'o-1', total: '399', currency: 'CNY' });
    expect(found[4]?.properties).toEqual({ category: 'shop', label: 'x', value: '2' });
  });

  it('of browsers: rows with JSON as text', async () => {
    const found = await openAll('browser-tracker');
    const visitor = { anonymous_id: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    expect(found.map(({ type, identifiers }) => [type, identifiers])).toEqual([
      ['page_viewed', visitor],
      ['product_viewed', visitor],
      ['order_completed', { ...visitor, user_id: 'u-1' }],
    ]);
    expect(found[2]?.properties).toMatchObject({
      order_id: 'o-1',
      total: 399,
      products: [{ item_id: 'spu-1', price: 399, quantity: 1 }],
    });
    expect(found[0]).toMatchObject({
      channel: 'web',
      properties: { title: 'Shop' },
      context: { campaign: { source: 'news', name: 'summer' }, library: { name: 'snowplow' } },
    });
    // The session holds the visitor's id, which is kept sealed and nowhere else.
    expect(JSON.stringify(found[0]?.context)).not.toContain(
      String(asObject(found[0]?.identifiers).anonymous_id),
    );
  });
});

describe('the shop plugin', () => {
  const dress = ['product', { id: 'spu-1', name: 'Dress', price: 399, quantity: 1 }] as const;
  const shoe = ['product', { id: 'spu-2', name: 'Shoe', price: 259 }] as const;
  const item = { item_id: 'spu-1', name: 'Dress', price: 399, quantity: 1 };

  it.each(['product_view', 'add_to_cart', 'remove_from_cart'])(
    'has the one product of %s at the top',
    async (type) => {
      expect((await act(type, dress)).properties).toEqual(item);
    },
  );

  it('keeps the others of several beside it, and those of a list together', async () => {
    expect((await act('add_to_cart', dress, shoe)).properties).toMatchObject({
      item_id: 'spu-1',
      products: [item, { item_id: 'spu-2' }],
    });
    expect(await act('list_view', dress, shoe)).toMatchObject({
      type: 'product_list_viewed',
      properties: { products: [item, { item_id: 'spu-2' }] },
    });
  });

  it('has the order and the refund in entities', async () => {
    const order = [
      'transaction',
      { transaction_id: 'o-1', revenue: 379, currency: 'CNY', discount_code: 'HI', discount_amount: 20 },
    ] as const;
    expect(await act('transaction', order, dress)).toMatchObject({
      type: 'order_completed',
      properties: {
        order_id: 'o-1',
        total: 379,
        currency: 'CNY',
        coupon: 'HI',
        discount: 20,
        products: [item],
      },
    });
    const refund = [
      'refund',
      { transaction_id: 'o-1', refund_amount: 100, currency: 'CNY', refund_reason: 'size' },
    ] as const;
    expect(await act('refund', refund)).toMatchObject({
      type: 'order_refunded',
      properties: { order_id: 'o-1', total: 100, currency: 'CNY', reason: 'size' },
    });
  });

  it('starts a checkout with its first step', async () => {
    expect((await act('checkout_step', ['checkout_step', { step: 1 }])).type).toBe('checkout_started');
    expect((await act('checkout_step', ['checkout_step', { step: 2 }])).type).toBe('checkout_progressed');
  });

  it('knows promotions, and a registered buyer, but not a guest', async () => {
    expect(await act('promo_click', ['promotion', { id: 'p-1', name: 'Sale' }])).toMatchObject({
      type: 'promotion_clicked',
      properties: { promotion_id: 'p-1', name: 'Sale' },
    });
    const known = await act('product_view', dress, [
      'user',
      { id: 'u-1', is_guest: false, email: 'a@b.example' },
    ]);
    expect(known).toMatchObject({ identifiers: { user_id: 'u-1' }, traits: { email: 'a@b.example' } });
    expect((await act('product_view', dress, ['user', { id: 'g-1', is_guest: true }])).identifiers).toEqual(
      {},
    );
  });

  it.each(['constructor', '__proto__'])('takes an action called %s as any other', async (type) => {
    expect((await act(type)).type).toBe(type);
  });
});

describe('rows', () => {
  it('keep what a device is among the circumstances, and none of its ids', async () => {
    const co = JSON.stringify({
      schema: 'contexts',
      data: [
        {
          schema: 'iglu:com.snowplowanalytics.snowplow/mobile_context/jsonschema/1-0-3',
          data: { osType: 'ios', appleIdfa: 'a-1', appleIdfv: 'v-1', androidIdfa: 'g-1', openIdfa: 'o-1' },
        },
      ],
    });
    expect(eventOf(await decode({ e: 'pv', co })).context).toEqual({
      snowplow: { mobile_context: { osType: 'ios' } },
    });
  });

  it('of pages that are looked at are not kept', async () => {
    expect(await decode({ e: 'pp', url: 'https://shop.example' })).toBeUndefined();
  });

  it.each<[string, JsonObject, string]>([
    ['JSON that is none', { e: 'ue', ue_pr: '{' }, 'invalid_json'],
    ['base64 that is none', { e: 'ue', ue_px: '%%' }, 'invalid_json'],
    ['no event', { e: 'ue' }, 'invalid_json'],
    ['a key twice, which the guard refuses', { e: 'ue', ue_pr: '{"data":{},"data":{}}' }, 'invalid_json'],
    ['entities that are none', { e: 'pv', co: '[' }, 'invalid_json'],
    ['a kind that nobody knows', { e: 'xx' }, 'unknown_type'],
  ])('with %s are refused with the reason', async (_title, row, code) => {
    expect(await decode(row)).toMatchObject({ ok: false, code });
  });

  it('with a true time are taken at their word', async () => {
    const times = { dtm: '1795372795056', stm: '1795372795061' };
    expect(await decode({ e: 'pv', ...times })).toMatchObject({
      sentAt: times.stm,
      event: { time: times.dtm },
    });
    const exact = await decode({ e: 'pv', ...times, ttm: '1600000000000' });
    expect(exact).toMatchObject({ event: { time: '1600000000000' } });
    expect(exact).not.toHaveProperty('sentAt');
  });

  it('of links and searches are those of the taxonomy', async () => {
    const link = selfDescribing('com.snowplowanalytics.snowplow/link_click', {
      targetUrl: 'https://x.example',
      elementId: 'buy',
    });
    expect(eventOf(await decode({ e: 'ue', ue_pr: link }))).toMatchObject({
      type: 'element_clicked',
      properties: { element: 'buy', url: 'https://x.example' },
    });
    const search = selfDescribing('com.snowplowanalytics.snowplow/site_search', {
      terms: ['red', 'dress'],
      totalResults: 3,
    });
    expect(eventOf(await decode({ e: 'ue', ue_pr: search }))).toMatchObject({
      type: 'products_searched',
      properties: { query: 'red dress', results: 3 },
    });
  });
});

describe('answers', () => {
  it('are ones that trackers do not send for ever upon', () => {
    const given: JsonValue[] = [];
    for (const url of ['/com.snowplowanalytics.snowplow/tp2', '/i']) {
      const method = url === '/i' ? 'GET' : 'POST';
      const { failed } = routeOf(snowplow, { method, url });
      given.push(failed?.({ status: 413, code: 'body_too_large', detail: '' })?.status ?? null);
      given.push(failed?.({ status: 503, code: 'stopping', detail: '' })?.status ?? null);
    }
    expect(given).toEqual([422, null, 422, null]);
  });
});
