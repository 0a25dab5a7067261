import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { shopify } from '../../../src/ingest/dialects/shopify/shopify.ts';
import { limits } from '../../../src/limits.ts';
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
    const own = { ...ORDER, email: ORDER.customer.email };
    expect(await statedOf('orders/paid', own)).toEqual([undefined]);
    const unconfirmed = { id: 1, email: ORDER.customer.email, verified_email: false };
    expect(await statedOf('orders/paid', { ...own, customer: unconfirmed })).toEqual([true]);
    expect(await statedOf('customers/update', unconfirmed)).toEqual([true]);
    expect(await statedOf('customers/update', { ...unconfirmed, verified_email: true })).toEqual([undefined]);
  });

  it('is stated where an order names another address or number than the customer’s own', async () => {
    const { customer } = ORDER;
    const orders: [JsonObject, true | undefined][] = [
      [{ email: 'Other@Example.com ', phone: '+86 139-0000-1111' }, undefined],
      [{ email: null, contact_email: null, phone: null }, undefined],
      [{ email: customer.email, phone: '+8613922223333' }, true],
      [{ email: null, contact_email: 'ann@example.com' }, true],
      [{ email: 'ann@example.com' }, true],
      [{ email: customer.email, customer: { id: 1, email: customer.email }, phone: '+8613900001111' }, true],
      [{ email: customer.email, customer: null }, true],
    ];
    for (const [part, stated] of orders)
      expect(await statedOf('orders/paid', { ...ORDER, ...part }), JSON.stringify(part)).toEqual([stated]);
  });
});

describe('an order of hundreds of lines', () => {
  /** As Shopify writes a line: two kilobytes, most of which nobody reads. */
  const line = (n: number, title: string): JsonObject => ({
    ...DRESS,
    id: 13_994_000_000_000 + n,
    product_id: 7_513_594_000_000 + n,
    variant_id: 42_913_594_000_000 + n,
    sku: `DR-${n}-L-BLUE`,
    title,
    name: `${title} - L / Blue`,
    variant_title: 'L / Blue',
    tax_lines: Array.from({ length: 4 }, () => ({
      price: '1.00',
      rate: 0.06,
      title: 'State tax',
      price_set: {},
    })),
    properties: [{ name: 'engraving', value: 'x'.repeat(1_500) }],
  });
  const orderOf = (count: number, title: string): JsonObject => ({
    ...ORDER,
    line_items: Array.from({ length: count }, (_, n) => line(n, title)),
  });
  const productsOf = async (topic: string, order: JsonObject): Promise<readonly JsonObject[]> =>
    ((await decode(topic, order)).properties as { products: JsonObject[] }).products;

  it('is the same as it would be if it were small enough to be kept whole', async () => {
    const order = orderOf(250, 'Wrap dress');
    expect(JSON.stringify(order).length).toBeGreaterThan(8 * limits.eventBytesMax);
    const event = await decode('orders/paid', order);
    const decoded = shopify.decode(
      {
        topic: 'orders/paid',
        shop: 'my-shop.myshopify.com',
        event_id: 'ev-1',
        triggered_at: '2026-11-22T10:00:00.000Z',
        object: order,
      },
      {},
      routeOf(shopify, { method: 'POST', url }),
    );
    expect(decoded).toMatchObject([{ event }]);
  });

  it('keeps its goods where their names are too much', async () => {
    const products = await productsOf('orders/create', orderOf(300, '一条很长很长的连衣裙的名字'.repeat(6)));
    expect(products).toHaveLength(300);
    expect(products[299]).toEqual({
      item_id: 7_513_594_000_299,
      variant_id: 42_913_594_000_299,
      sku: 'DR-299-L-BLUE',
      price: '399.00',
      quantity: 2,
      discount: '40.05',
    });
  });

  it('reads everything of a large order, refund or customer that it reads of a small one', async () => {
    const padding = { unread: 'x'.repeat(limits.eventBytesMax) };
    const customer = {
      id: 1,
      first_name: 'Ann',
      email: 'a@example.com',
      default_address: { city: 'Hangzhou' },
    };
    for (const [topic, object] of [
      ['orders/updated', { ...ORDER, refunds: [REFUND] }],
      ['orders/create', { ...ORDER, source_name: 'pos', location_id: 7, user_id: 8, landing_site: '/x' }],
      ['orders/cancelled', { ...ORDER, cancelled_at: '2026-11-22T12:00:00Z', cancel_reason: 'customer' }],
      ['refunds/create', REFUND],
      ['checkouts/create', { ...ORDER, token: 't-1', cart_token: 'c-1' }],
      ['customers/update', { ...customer, email_marketing_consent: { state: 'subscribed' } }],
    ] as const) {
      expect(await decodeAll(topic, { ...object, ...padding }), topic).toEqual(
        await decodeAll(topic, object),
      );
    }
  });
});
