import type { JsonObject } from '../../src/model/json.ts';

/**
 * A month of one customer, as wire events in the words of the schemas. Times are Shanghai's; what is read is read at
 * noon of Wednesday, 24 June 2026. Nothing lies near the edge of a window.
 */
export const STORY_END_MS = Date.parse('2026-06-24T12:00:00+08:00');

const at = (local: string): string => `${local}:00+08:00`;

interface Told {
  readonly type: string;
  /** `2026-06-24T11:58`, in Shanghai. */
  readonly time: string;
  readonly channel: string;
  readonly properties?: JsonObject;
  readonly context?: JsonObject;
}

const boot = { item_id: 'p-boot', category: 'women/boots', brand: 'Nord', price: 300 };
const coat = { item_id: 'p-coat', category: 'women/coats', brand: 'Lumen', price: 200 };
const dress = { item_id: 'p-dress', category: 'women/dresses', brand: 'Lumen', price: 150 };
const hat = { item_id: 'p-hat', category: 'accessories/hats', brand: 'Nord', price: 90 };
const jeans = { item_id: 'p-jeans', category: 'women/jeans', brand: 'Nord', price: 180 };
const old = { item_id: 'p-old', category: 'women/coats', brand: 'Lumen', price: 900 };
const plus = { item_id: 'p-plus', category: 'women/plus-size/dresses', brand: 'Lumen', price: 400 };
const scarf = { item_id: 'p-scarf', category: 'accessories/scarves', brand: 'Nord', price: 50 };
const shirt = { item_id: 'p-shirt', category: 'women/shirts', brand: 'Nord', price: 120 };
const skirt = { item_id: 'p-skirt', category: 'women/skirts', brand: 'Nord', price: 80 };
const toy = { item_id: 'p-toy', category: 'kids/toys', brand: 'Playa', price: 60 };

const looks: readonly Told[] = [
  { type: 'product_viewed', time: '2025-05-01T20:00', channel: 'web', properties: old },
  { type: 'product_viewed', time: '2026-04-01T20:00', channel: 'web', properties: scarf },
  { type: 'product_viewed', time: '2026-06-02T20:00', channel: 'web', properties: hat },
  { type: 'product_viewed', time: '2026-06-19T20:00', channel: 'app', properties: coat },
  { type: 'product_viewed', time: '2026-06-24T03:00', channel: 'web', properties: dress },
  { type: 'product_viewed', time: '2026-06-24T11:15', channel: 'web', properties: boot },
  { type: 'product_viewed', time: '2026-06-24T11:40', channel: 'web', properties: plus },
  { type: 'product_viewed', time: '2026-06-24T11:58', channel: 'web', properties: boot },
  { type: 'products_searched', time: '2026-06-10T21:00', channel: 'web', properties: { query: 'boots' } },
  { type: 'product_list_viewed', time: '2026-06-24T11:50', channel: 'web', properties: { list_id: 'boots' } },
];

const carts: readonly Told[] = [
  {
    type: 'product_added',
    time: '2026-06-13T22:50',
    channel: 'web',
    properties: { ...shirt, cart_id: 'c-1' },
  },
  {
    type: 'product_added',
    time: '2026-06-13T22:52',
    channel: 'web',
    properties: { ...skirt, cart_id: 'c-1' },
  },
  {
    type: 'product_added',
    time: '2026-06-24T11:59',
    channel: 'web',
    properties: { ...boot, cart_id: 'c-2' },
  },
];

const orders: readonly Told[] = [
  {
    type: 'order_completed',
    time: '2026-05-17T22:30',
    channel: 'web',
    properties: {
      order_id: 'o-1',
      total: 200,
      products: [{ ...coat, quantity: 1, color: 'navy', size: 'M' }],
    },
  },
  {
    type: 'order_completed',
    time: '2026-06-06T15:00',
    channel: 'pos',
    properties: {
      order_id: 'o-2',
      total: 150,
      sold_in: 's-1',
      products: [{ ...dress, quantity: 1, color: 'red', size: 'M' }],
    },
  },
  {
    type: 'order_completed',
    time: '2026-06-13T23:10',
    channel: 'web',
    properties: {
      order_id: 'o-3',
      cart_id: 'c-1',
      total: 190,
      shipping: 10,
      discount: 20,
      coupon: 'JUNE20',
      products: [
        { ...shirt, quantity: 1, color: 'navy', size: 'M' },
        { ...skirt, quantity: 1, color: 'navy', size: 'S' },
      ],
    },
  },
  {
    type: 'order_completed',
    time: '2026-06-18T10:00',
    channel: 'web',
    properties: {
      order_id: 'o-4',
      total: 60,
      gift: true,
      products: [{ ...toy, quantity: 1, color: 'red', size: '3Y', is_new: true }],
    },
  },
  {
    type: 'order_refunded',
    time: '2026-06-19T09:00',
    channel: 'web',
    properties: { order_id: 'o-3', refund_id: 'r-1', kind: 'return', total: 80 },
  },
  {
    type: 'order_refunded',
    time: '2026-06-20T09:00',
    channel: 'pos',
    properties: { order_id: 'o-2', refund_id: 'r-2', kind: 'price_adjustment', total: 10 },
  },
  {
    type: 'order_completed',
    time: '2026-06-22T09:00',
    channel: 'app',
    properties: { order_id: 'o-5', total: 500, products: [{ ...jeans, price: 500, quantity: 1 }] },
  },
  { type: 'order_cancelled', time: '2026-06-22T10:00', channel: 'app', properties: { order_id: 'o-5' } },
];

const stores: readonly Told[] = [
  {
    type: 'product_shared',
    time: '2026-06-10T20:00',
    channel: 'app',
    properties: { ...boot, method: 'wechat' },
  },
  { type: 'store_entered', time: '2026-03-01T11:00', channel: 'store', properties: { store: 's-1' } },
  { type: 'store_entered', time: '2026-06-06T14:30', channel: 'store', properties: { store: 's-1' } },
  {
    type: 'product_tried',
    time: '2026-06-06T14:50',
    channel: 'store_device',
    properties: { ...dress, size: 'M', mode: 'fitting_room', outcome: 'bought' },
  },
  {
    type: 'product_tried',
    time: '2026-06-06T14:55',
    channel: 'store_device',
    properties: { ...jeans, mode: 'fitting_room', outcome: 'left' },
  },
  { type: 'store_entered', time: '2026-06-20T16:00', channel: 'store', properties: { store: 's-2' } },
];

const wishes: readonly Told[] = [
  { type: 'product_favorited', time: '2026-06-18T20:00', channel: 'app', properties: boot },
  { type: 'product_favorited', time: '2026-06-19T20:01', channel: 'app', properties: hat },
  {
    type: 'product_favorited',
    time: '2026-06-20T20:00',
    channel: 'app',
    properties: { ...hat, removed: true },
  },
  {
    type: 'stock_inquired',
    time: '2026-06-21T20:00',
    channel: 'app',
    properties: { ...boot, size: '38', notify: true },
  },
];

const messages: readonly Told[] = [
  {
    type: 'message_sent',
    time: '2026-06-10T10:00',
    channel: 'message',
    properties: { message_id: 'm-1', channel: 'email' },
  },
  {
    type: 'message_sent',
    time: '2026-06-12T10:00',
    channel: 'message',
    properties: { message_id: 'm-2', channel: 'sms' },
  },
  {
    type: 'message_clicked',
    time: '2026-06-12T18:00',
    channel: 'message',
    properties: { message_id: 'm-2', channel: 'sms' },
  },
  {
    type: 'message_sent',
    time: '2026-06-16T10:00',
    channel: 'message',
    properties: { message_id: 'm-3', channel: 'sms' },
  },
];

const service: readonly Told[] = [
  {
    type: 'ticket_opened',
    time: '2026-04-01T10:00',
    channel: 'call_center',
    properties: { ticket_id: 't-1', theme: 'delivery', complaint: false },
  },
  {
    type: 'ticket_closed',
    time: '2026-04-03T10:00',
    channel: 'call_center',
    properties: { ticket_id: 't-1', satisfaction: 5 },
  },
  {
    type: 'ticket_opened',
    time: '2026-06-19T10:00',
    channel: 'call_center',
    properties: { ticket_id: 't-2', theme: 'size', complaint: true },
  },
  {
    type: 'ticket_closed',
    time: '2026-06-20T10:00',
    channel: 'call_center',
    properties: { ticket_id: 't-2', satisfaction: 4 },
  },
  {
    type: 'survey_answered',
    time: '2026-06-21T10:00',
    channel: 'app',
    properties: { survey_id: 'nps', score: 8 },
  },
];

const visits: readonly Told[] = [
  {
    type: 'page_viewed',
    time: '2026-06-02T19:59',
    channel: 'web',
    context: { device: { type: 'desktop' } },
  },
  {
    type: 'screen_viewed',
    time: '2026-06-19T19:59',
    channel: 'app',
    context: { device: { type: 'mobile' } },
  },
  { type: 'page_viewed', time: '2026-06-24T11:14', channel: 'web', context: { device: { type: 'mobile' } } },
];

const told = [...looks, ...carts, ...orders, ...stores, ...wishes, ...messages, ...service, ...visits];

export const story: readonly JsonObject[] = told.map(
  ({ type, time, channel, properties = {}, context }, i) => ({
    id: `story-${i}`,
    type,
    time: at(time),
    channel,
    identifiers: { user_id: 'lin' },
    properties,
    ...(context === undefined ? {} : { context }),
  }),
);
