import { beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import type { FeatureValue } from '../../src/model/feature.ts';
import { retailPack as definitions } from '../oracle/definitions.ts';
import { createFusedEngine, retailPack as pack } from '../support/fused-engine.ts';
import { STORY_END_MS, story } from '../support/retail-story.ts';

/** Half of one percent more than the error that quantiles state, for amounts written as text. */
interface Near {
  readonly near: number;
  readonly within: number;
}

const moment = (local: string): number => Date.parse(`${local}:00+08:00`);
const DAY_MS = 86_400_000;

const ENGAGED = new Set([
  'product_viewed',
  'products_searched',
  'product_added',
  'product_favorited',
  'product_tried',
  'store_entered',
  'message_clicked',
]);
const engagement = story
  .filter(({ type }) => ENGAGED.has(String(type)))
  .reduce((sum, { time }) => sum + 0.5 ** ((STORY_END_MS - Date.parse(String(time))) / (14 * DAY_MS)), 0);

const hours = Object.fromEntries(Array.from({ length: 24 }, (_, hour) => [String(hour), 0]));
const weekdays = { monday: 0, tuesday: 0, wednesday: 0, thursday: 0, friday: 0, saturday: 0, sunday: 0 };

/** Worked out by hand from the story; sums of money in the order in which they happened. */
const expected: Readonly<Record<string, unknown>> = {
  // Orders o-1 to o-4; o-5 was cancelled.
  orders_1h: 0,
  orders_24h: 0,
  orders_7d: 1,
  orders_30d: 3,
  orders_365d: 4,
  orders_lifetime: 4,
  days_since_last_order: 6,
  first_order_at: moment('2026-05-17T22:30'),
  days_as_customer: 37,
  days_between_orders: 10.3,
  last_order_times: ['2026-06-18T10:00', '2026-06-13T23:10', '2026-06-06T15:00', '2026-05-17T22:30'].map(
    moment,
  ),
  // Gaps of 19 days 16:30, 7 days 8:10 and 4 days 10:50.
  usual_gap_days: (7 * 1440 + 490) / 1440,
  shop_purchase_cycle_days: 60,
  purchase_cycle_days: (7 * 1440 + 490) / 1440,
  cycles_since_last_order: 6 / ((7 * 1440 + 490) / 1440),
  last_gap_cycles: 4 / ((7 * 1440 + 490) / 1440),
  orders_by_channel: { web: 3, pos: 1 },
  last_order_by_channel: { web: moment('2026-06-18T10:00'), pos: moment('2026-06-06T15:00') },
  // 200 in May; 150, 180 (200 less 20) and 60 in June, less 80 and 10.
  spend_1h: '0.00',
  spend_24h: '0.00',
  spend_7d: '-30.00',
  spend_30d: '300.00',
  spend_365d: '500.00',
  spend_lifetime: '500.00',
  spend_this_month: '300.00',
  spend_last_month: '200.00',
  spend_by_channel: { web: '360.00', pos: '140.00' },
  average_order_value: '147.50',
  // The same with 10 of freight on o-3.
  gross_1h: '0.00',
  gross_24h: '0.00',
  gross_7d: '60.00',
  gross_30d: '400.00',
  gross_365d: '600.00',
  gross_lifetime: '600.00',
  revenue_1h: '0.00',
  revenue_24h: '0.00',
  revenue_7d: '-30.00',
  revenue_30d: '310.00',
  revenue_365d: '510.00',
  revenue_lifetime: '510.00',
  refunds_1h: 0,
  refunds_24h: 0,
  refunds_7d: 1,
  refunds_30d: 1,
  refunds_365d: 1,
  refunds_lifetime: 1,
  refunded_1h: '0.00',
  refunded_24h: '0.00',
  refunded_7d: '90.00',
  refunded_30d: '90.00',
  refunded_365d: '90.00',
  refunded_lifetime: '90.00',
  // 17 May, 6, 13 and 18 June: 200, 140, 100 and 60.
  purchases: { days: 4, orders: 4, since_first: 38, since_last: 6, net: 500, repeat_value: 100 },
  shares_365d: 1,
  new_products_365d: 1,
  // Nothing was fitted to history yet.
  alive_probability: null,
  expected_orders_90d: null,
  expected_orders_365d: null,
  expected_value_90d: null,
  expected_value_365d: null,
  rfm_recency: null,
  rfm_frequency: null,
  rfm_monetary: null,
  rfm_score: null,
  rfm_group: null,
  rfm_extended: null,
  cluster: null,
  returns_365d: 1,
  return_rate_365d: 0.25,
  views_1h: 3,
  views_24h: 4,
  views_7d: 5,
  views_30d: 6,
  views_365d: 7,
  views_lifetime: 8,
  session_views: 3,
  list_views_24h: 1,
  list_views_30d: 2,
  list_views_lifetime: 2,
  items_viewed_30d: 5,
  online_views_7d: 5,
  last_viewed_items: ['p-boot', 'p-plus', 'p-dress', 'p-coat', 'p-hat', 'p-scarf', 'p-old'],
  plus_size_views_30m: 1,
  carts_1h: 1,
  carts_24h: 1,
  carts_7d: 1,
  carts_30d: 3,
  carts_365d: 3,
  carts_lifetime: 3,
  current_cart: [{ item_id: 'p-boot', quantity: 1, cart_id: 'c-2' }],
  open_carts: ['c-2'],
  cart_lines: 1,
  browse_to_cart_rate_30d: 0.5,
  carts_started_30d: 2,
  carts_ordered_30d: 1,
  cart_to_order_rate_30d: 0.5,
  top_categories: [
    { key: 'women/boots', count: 2 },
    { key: 'accessories/hats', count: 1 },
    { key: 'accessories/scarves', count: 1 },
    { key: 'women/coats', count: 1 },
    { key: 'women/dresses', count: 1 },
  ],
  top_brands: [
    { key: 'Nord', count: 4 },
    { key: 'Lumen', count: 3 },
  ],
  // o-4 was a gift, so that toys are no taste.
  bought_categories: ['women/coats', 'women/dresses', 'women/shirts', 'women/skirts'].map((key) => ({
    key,
    count: 1,
  })),
  bought_brands: [
    { key: 'Lumen', count: 2 },
    { key: 'Nord', count: 2 },
  ],
  bought_colors: [
    { key: 'navy', count: 3 },
    { key: 'red', count: 1 },
  ],
  bought_sizes: [
    { key: 'M', count: 3 },
    { key: 'S', count: 1 },
  ],
  preferred_size: 'M',
  size_by_category: { 'women/coats': 'M', 'women/dresses': 'M', 'women/shirts': 'M', 'women/skirts': 'S' },
  favorite_category: 'women/coats',
  favorite_brand: 'Lumen',
  // Of 50, 90, 150, 200, 300, 300, 400; and of 80, 120, 150, 200, where the lower of the two in the middle counts.
  viewed_price: { near: 200, within: 2 } satisfies Near,
  bought_price: { near: 120, within: 1.2 } satisfies Near,
  price_band: 1,
  discounted_orders_365d: 1,
  gift_orders_320d: 1,
  gift_orders_400d: 1,
  gifts_this_season_last_year: 0,
  milk_powder_times: [],
  milk_powder_due_at: null,
  coffee_times: [],
  coffee_due_at: null,
  discount_share: 0.25,
  order_hours: { ...hours, 22: 1, 15: 1, 23: 1, 10: 1 },
  order_weekdays: { ...weekdays, saturday: 2, sunday: 1, thursday: 1 },
  night_share: 0.5,
  weekend_share: 0.75,
  // Web: 5 views, 3 additions, 2 orders. The app has a view and the till a purchase: of equals the first in the alphabet.
  top_channels: [
    { key: 'web', count: 10 },
    { key: 'store', count: 2 },
    { key: 'app', count: 1 },
  ],
  messages_sent: { sms: 2, email: 1 },
  messages_clicked: { sms: 1 },
  response_by_channel: { sms: 0.5, email: 0 },
  last_response_days: 11,
  last_bought_items: ['p-toy', 'p-shirt', 'p-skirt', 'p-dress', 'p-coat'],
  tries_30d: 2,
  tries_365d: 2,
  last_tried_items: ['p-jeans', 'p-dress'],
  tried_not_bought: ['p-jeans'],
  wishes_90d: 2,
  last_wished_items: ['p-hat', 'p-boot'],
  stock_inquiries_30d: 1,
  items_inquired_90d: ['p-boot'],
  tickets_30d: 1,
  tickets_365d: 2,
  complaints_365d: 1,
  complaint_tickets: ['t-2'],
  closed_tickets: ['t-2', 't-1'],
  complaint_opened_at: { 't-2': Date.parse('2026-06-19T10:00:00+08:00') },
  case_closed_at: {
    't-1': Date.parse('2026-04-03T10:00:00+08:00'),
    't-2': Date.parse('2026-06-20T10:00:00+08:00'),
  },
  open_complaints: 0,
  opened_tickets: ['t-2', 't-1'],
  ticket_theme_by_case: { 't-1': 'delivery', 't-2': 'size' },
  days_since_dissatisfied: null,
  ticket_themes: [
    { key: 'delivery', count: 1 },
    { key: 'size', count: 1 },
  ],
  satisfaction_365d: 4.5,
  survey_score_365d: 8,
  engagement: { near: engagement, within: 0.001 } satisfies Near,
  days_since_last_seen: 0,
  store_visits_30d: 2,
  store_visits_365d: 3,
  store_visits_lifetime: 3,
  last_store: 's-2',
  visits_by_store: { 's-1': 2, 's-2': 1 },
  order_stores: [{ key: 's-1', count: 1 }],
  home_store: 's-1',
  top_devices: [
    { key: 'mobile', count: 2 },
    { key: 'desktop', count: 1 },
  ],
};

function isNear(value: unknown): value is Near {
  return typeof value === 'object' && value !== null && 'near' in value;
}

describe('the retail pack', () => {
  let features: Readonly<Record<string, FeatureValue>> = {};

  beforeAll(async () => {
    const engine = await createFusedEngine({ clock: createManualClock(STORY_END_MS) });
    const { accepted, rejected } = await engine.send(story);
    expect(rejected).toEqual([]);
    const view = await engine.profiles.byId(accepted[0]?.outcome?.profileId ?? '', { reveal: true });
    features = (view?.features ?? {}) as Readonly<Record<string, FeatureValue>>;
  });

  it('has about sixty definitions or more, and an expected value for each of their features', () => {
    expect(pack.sources?.length).toBeGreaterThanOrEqual(60);
    expect(Object.keys(expected).toSorted()).toEqual(
      definitions()
        .map(({ name }) => name)
        .toSorted(),
    );
    expect(Object.keys(features).toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  it.each(Object.keys(expected))('says of a customer’s month what can be worked out by hand: %s', (name) => {
    const found = features[name];
    const wanted = expected[name];
    if (isNear(wanted)) expect(Math.abs(Number(found?.value) - wanted.near)).toBeLessThan(wanted.within);
    else expect(found?.value).toEqual(wanted);
    expect(found?.partial).toBe(false);
    expect(found?.approximate).toBeUndefined();
  });

  it('describes every feature in one line', () => {
    const undescribed = definitions().filter(
      ({ description = '' }) => !/^[A-Z][^\n]{10,140}[^.\n]$/.test(description),
    );
    expect(undescribed.map(({ name }) => name)).toEqual([]);
  });
});
