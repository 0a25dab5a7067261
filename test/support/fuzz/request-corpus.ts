import type { JsonObject } from '../../../src/model/json.ts';
import { readRecorded } from '../../ingest/dialects/open-recorded.ts';
import { type OpenRequest, takeApart } from './wire-form.ts';

/** The key that recorded requests carry, and the secret of the shop below. */
export const CORPUS_KEY = 'wk_0123456789abcdef0123456789abcdef';
export const CORPUS_SECRET = 'shpss_0123456789abcdef';
export const CORPUS_SHOP = 'my-shop.myshopify.com';

const ORDER = {
  order_id: 'o-1',
  total: 399,
  currency: 'CNY',
  products: [{ product_id: 'spu-1', price: 399, quantity: 1 }],
};
const CALL = {
  type: 'track',
  event: 'Order Completed',
  messageId: 'm-1',
  anonymousId: 'a-1',
  userId: 'u-1',
  timestamp: '2026-11-22T10:00:00.000Z',
  properties: ORDER,
  context: {
    library: { name: 'analytics.js' },
    traits: { email: 'ann@example.com' },
    campaign: { name: 'x' },
  },
};

/** Requests of every dialect that sends events: recorded ones, and made ones where no library could be recorded. */
export function requestCorpus(): readonly OpenRequest[] {
  return [...RECORDED.flatMap((name) => readRecorded(name).map(takeApart)), ...made()].map(withKey);
}

const RECORDED = [
  'segment',
  'rudderstack',
  'jitsu',
  'posthog',
  'sensors',
  'snowplow',
  'cloudevents',
] as const;
/** Recorded without the key above: it goes into a header, which counts on every path. */
const KEYLESS = /^\/(?:v1\/(?!webhooks)|beacon\/|api\/s\/)/;

function withKey(request: OpenRequest): OpenRequest {
  if (!KEYLESS.test(request.path)) return request;
  const { 'x-write-key': _key, ...headers } = request.headers;
  return { ...request, headers: { ...headers, ...basic } };
}

const basic = { authorization: `Basic ${Buffer.from(`${CORPUS_KEY}:`).toString('base64')}` };

function made(): readonly OpenRequest[] {
  const post = (
    path: string,
    payload: JsonObject | JsonObject[],
    more: Partial<OpenRequest> = {},
  ): OpenRequest => ({
    method: 'POST',
    path,
    query: {},
    headers: { 'content-type': 'application/json' },
    form: 'json',
    payload,
    ...more,
  });
  return [
    post(
      '/v1/events',
      [{ id: 'e-1', type: 'order_completed', identifiers: { user_id: 'u-1' }, properties: ORDER }],
      { headers: {} },
    ),
    post(
      '/v1/batch',
      {
        batch: [CALL, { ...CALL, type: 'identify', traits: { phone: '13900001111' } }],
        sentAt: CALL.timestamp,
      },
      { form: 'gzip' },
    ),
    post('/v1/t', { ...CALL, writeKey: CORPUS_KEY }, { headers: { 'content-type': 'text/plain' } }),
    post('/v1/alias', { previousId: 'a-1', userId: 'u-1' }),
    post('/beacon/v1/batch', { batch: [CALL] }, { query: { writeKey: CORPUS_KEY } }),
    post(
      '/pixel/v1/track',
      {},
      {
        method: 'GET',
        form: 'fields',
        payload: { writeKey: CORPUS_KEY, event: 'x', anonymousId: 'a-1', 'properties.item_id': 'spu-1' },
      },
    ),
    post('/api/s/track', CALL, { headers: { 'x-write-key': `${CORPUS_KEY}:shop` } }),
    post(
      '/mp/collect',
      {
        client_id: 'c-1',
        timestamp_micros: 1795372795056123,
        user_properties: { size: { value: 'L' } },
        events: [
          {
            name: 'purchase',
            params: { transaction_id: 'o-1', value: 399, items: [{ item_id: 'spu-1', price: 399 }] },
          },
        ],
      },
      { query: { api_secret: CORPUS_KEY } },
    ),
    post(
      `/v3/projects/${CORPUS_KEY}/collect`,
      [{ eventType: 'PAGE', deviceId: 'd-1', timestamp: 1795372793478, path: '/' }],
      { form: 'lz', query: { stm: '1795372793500' } },
    ),
    post(
      '/v1/webhooks/shopify',
      {
        id: 1,
        total_price: '399.00',
        currency: 'CNY',
        customer: { id: 7, email: 'ann@example.com' },
        line_items: [
          { product_id: 1, price: '399.00', quantity: 1, discount_allocations: [{ amount: '1.00' }] },
        ],
        refunds: [
          { id: 1, order_id: 1, transactions: [{ kind: 'refund', status: 'success', amount: '1.00' }] },
        ],
      },
      {
        secret: CORPUS_SECRET,
        headers: {
          'x-shopify-topic': 'orders/updated',
          'x-shopify-shop-domain': CORPUS_SHOP,
          'x-shopify-event-id': 'ev-1',
        },
      },
    ),
  ];
}
