import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { shopify } from '../../../src/ingest/dialects/shopify/shopify.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { type Outcome, openRecorded, type RecordedRequest, routeOf, wireRequest } from './open-recorded.ts';

const SECRET = 'shpss_0123456789abcdef';
const url = '/v1/webhooks/shopify';

function webhook(topic: string, object: JsonObject | string): RecordedRequest {
  const body = Buffer.from(typeof object === 'string' ? object : JSON.stringify(object));
  const headers = {
    'x-shopify-topic': topic,
    'x-shopify-shop-domain': 'my-shop.myshopify.com',
    'x-shopify-event-id': 'ev-1',
    'x-shopify-webhook-id': 'wh-1',
    'x-shopify-triggered-at': '2026-11-22T10:00:00.000Z',
    'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update(body).digest('base64'),
  };
  return { from: 'test', method: 'POST', url, headers, body: body.toString('base64') };
}

async function decodeAll(topic: string, object: JsonObject): Promise<readonly JsonObject[]> {
  return (await openRecorded(shopify, webhook(topic, object))).map((outcome: Outcome) => {
    if (!outcome.ok) throw new TypeError(`rejected: ${outcome.code}`);
    return outcome.event;
  });
}

async function decode(topic: string, object: JsonObject): Promise<JsonObject> {
  const [event] = await decodeAll(topic, object);
  return event!;
}

const DRESS = {
  id: 11,
  product_id: 632910392,
  variant_id: 808950810,
  sku: 'DR-L',
  title: 'Wrap dress',
  vendor: 'Lumen',
  price: '399.00',
  quantity: 2,
  gift_card: false,
  discount_allocations: [{ amount: '40.00' }, { amount: '0.05' }],
};
const ORDER = {
  id: 450789469,
  name: '#1001',
  created_at: '2026-11-22T17:59:58+08:00',
  currency: 'CNY',
  total_price: '777.95',
  total_tax: '0.00',
  taxes_included: true,
  email: 'ann@example.com',
  phone: null,
  source_name: 'web',
  customer: { id: 207119551, email: 'other@example.com', phone: '+8613900001111' },
  shipping_address: { phone: '+8613911112222' },
  note_attributes: [{ name: '_anonymous_id', value: 'a-1' }],
  discount_codes: [{ code: 'HELLO' }],
  shipping_lines: [{ price: '25.00', discounted_price: '20.00' }],
  line_items: [DRESS, { ...DRESS, gift_card: true, discount_allocations: [] }],
  client_details: { user_agent: 'Mozilla/5.0' },
};
const REFUND = {
  id: 509562969,
  order_id: 450789469,
  created_at: '2026-11-23T10:00:00+08:00',
  note: 'size',
  transactions: [
    { kind: 'refund', status: 'success', amount: '300.10', currency: 'CNY' },
    { kind: 'refund', status: 'success', amount: '58.95', currency: 'CNY' },
    { kind: 'refund', status: 'failure', amount: '1.00', currency: 'CNY' },
  ],
  refund_line_items: [{ quantity: 1, subtotal: 359.05, line_item: DRESS }],
};

describe('the signature', () => {
  const { signed } = routeOf(shopify, { method: 'POST', url });
  const request = webhook('orders/paid', ORDER);

  it('is the one over the raw body, under the secret of its shop', () => {
    expect(signed?.source(wireRequest(request))).toBe('my-shop.myshopify.com');
    expect(signed?.holds(wireRequest(request), SECRET)).toBe(true);
  });

  it('is of these bytes and this secret alone', () => {
    const forged = { ...request, body: Buffer.from(`${JSON.stringify(ORDER)} `).toString('base64') };
    expect(signed?.holds(wireRequest(forged), SECRET)).toBe(false);
    expect(signed?.holds(wireRequest(request), `${SECRET}x`)).toBe(false);
    for (const shown of [undefined, '', 'AAAA', '====', 'x'.repeat(1000)]) {
      const headers = { ...request.headers, 'x-shopify-hmac-sha256': shown };
      expect(signed?.holds({ ...wireRequest(request), headers }, SECRET)).toBe(false);
    }
  });
});

describe('an order', () => {
  it('has its buyer, its money and its lines', async () => {
    const event = await decode('orders/paid', ORDER);
    expect(event).toMatchObject({
      id: 'order_completed:ev-1',
      type: 'order_completed',
      time: '2026-11-22T10:00:00.000Z',
      channel: 'web',
      identifiers: {
        user_id: 207119551,
        email: 'ann@example.com',
        phone: '+8613900001111',
        anonymous_id: 'a-1',
      },
      properties: {
        order_id: 450789469,
        total: '777.95',
        tax_included: true,
        currency: 'CNY',
        shipping: '20',
        coupon: 'HELLO',
        products: [
          {
            item_id: 632910392,
            variant_id: 808950810,
            name: 'Wrap dress',
            brand: 'Lumen',
            price: '399.00',
            quantity: 2,
            discount: '40.05',
          },
          { kind: 'gift_card' },
        ],
      },
      context: { userAgent: 'Mozilla/5.0', shopify: { shop: 'my-shop.myshopify.com', order_name: '#1001' } },
    });
    // The phone of a delivery is not the buyer's.
    expect(JSON.stringify(event)).not.toContain('13911112222');
  });

  it('of a till has its store and its associate', async () => {
    const event = await decode('orders/create', { ...ORDER, source_name: 'pos', location_id: 7, user_id: 8 });
    expect(event).toMatchObject({
      type: 'order_placed',
      time: ORDER.created_at,
      channel: 'pos',
      properties: { sold_in: 7, associate_id: 8 },
    });
  });

  it('that is cancelled or shipped is named', async () => {
    const cancelled = { ...ORDER, cancelled_at: '2026-11-22T12:00:00Z', cancel_reason: 'customer' };
    expect(await decode('orders/cancelled', cancelled)).toMatchObject({
      type: 'order_cancelled',
      time: '2026-11-22T12:00:00Z',
      properties: { order_id: 450789469, reason: 'customer' },
    });
    expect(await decode('orders/fulfilled', ORDER)).toMatchObject({
      type: 'order_shipped',
      properties: { order_id: 450789469 },
    });
  });
});

describe('a refund', () => {
  const properties = {
    order_id: 450789469,
    refund_id: 509562969,
    total: '359.05',
    currency: 'CNY',
    kind: 'return',
    reason: 'size',
    products: [{ item_id: 632910392, quantity: 1, paid: '359.05' }],
  };

  it('is the sum of what was really given back', async () => {
    const event = await decode('refunds/create', REFUND);
    expect(event).toMatchObject({
      id: 'order_refunded:509562969',
      type: 'order_refunded',
      identifiers: {},
      properties,
    });
    // What was taken off when it was bought is no discount of the refund.
    expect((event.properties as { products: JsonObject[] }).products[0]).not.toHaveProperty('discount');
  });

  it('of an order that has changed is its buyer’s', async () => {
    const found = await decodeAll('orders/updated', {
      ...ORDER,
      refunds: [REFUND, { ...REFUND, id: 2, refund_line_items: [] }],
    });
    expect(found).toMatchObject([
      { id: 'order_refunded:509562969', identifiers: { user_id: 207119551 }, properties },
      { id: 'order_refunded:2', properties: { kind: 'refund_only' } },
    ]);
    expect(await decodeAll('orders/updated', ORDER)).toEqual([]);
  });
});

describe('a customer', () => {
  const customer = {
    id: 207119551,
    first_name: 'Ann',
    email: 'ann@example.com',
    phone: '+8613900001111',
    created_at: '2026-11-22T10:00:00Z',
    email_marketing_consent: { state: 'subscribed' },
    sms_marketing_consent: { state: 'unsubscribed' },
  };

  it('has traits and what was said about marketing', async () => {
    expect(await decode('customers/create', customer)).toMatchObject({
      type: 'signed_up',
      identifiers: { user_id: 207119551, email: 'ann@example.com', phone: '+8613900001111' },
      traits: { first_name: 'Ann', email: 'ann@example.com' },
      consent: { marketing: { email: true, sms: false } },
    });
    const silent = {
      ...customer,
      email_marketing_consent: { state: 'not_subscribed' },
      sms_marketing_consent: null,
    };
    expect(await decode('customers/update', silent)).not.toHaveProperty('consent');
  });
});

describe('other webhooks', () => {
  it.each(['products/update', 'customers/redact', 'constructor', ''])(
    'of %s are kept with the reason',
    async (topic) => {
      expect(await openRecorded(shopify, webhook(topic, {}))).toMatchObject([
        { ok: false, code: 'unknown_type' },
      ]);
    },
  );

  it('whose body is no JSON are unreadable', async () => {
    await expect(openRecorded(shopify, webhook('orders/paid', '{'))).rejects.toMatchObject({
      code: 'unreadable_body',
    });
  });
});

describe('whom a webhook is about', () => {
  const statedOf = async (topic: string, object: JsonObject): Promise<readonly unknown[]> =>
    (await openRecorded(shopify, webhook(topic, object))).map((outcome) => outcome.ok && outcome.stated);

  it('is only stated where anybody may have typed it', async () => {
    expect(await statedOf('checkouts/create', ORDER)).toEqual([true]);
    expect(await statedOf('orders/paid', ORDER)).toEqual([undefined]);
    const unconfirmed = { id: 1, email: 'x@example.com', verified_email: false };
    expect(await statedOf('orders/paid', { ...ORDER, customer: unconfirmed })).toEqual([true]);
    expect(await statedOf('customers/update', unconfirmed)).toEqual([true]);
    expect(await statedOf('customers/update', { ...unconfirmed, verified_email: true })).toEqual([undefined]);
  });
});
