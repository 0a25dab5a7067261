import type { AnalysisName } from '../analytics/analyses.ts';
import type { JsonObject } from '../model/json.ts';
import { figureExamples } from './figure-examples.ts';

const stretch = { from: 1_785_542_400_000, to: 1_793_491_200_000 };

/** Answers as the document of the API shows them. */
export const analysisExamples: Readonly<Record<AnalysisName, JsonObject>> = {
  rfm: {
    as_of: 1_793_491_200_000,
    currency: 'CNY',
    customers: 48_210,
    boundaries: {
      recency_days: [12, 35, 80, 190],
      frequency: [1, 1, 2, 4],
      monetary: [99, 240, 599, 1499.5],
    },
    cells: [{ recency: 5, frequency: 5, monetary: 5, people: 3_120, net: '15231020.50' }],
    groups: [{ group: 'champions', people: 6_431, share: 0.133396, net: '24110380.00' }],
  },
  funnel: {
    ...stretch,
    window_ms: 604_800_000,
    steps: [
      { event: 'product_viewed@online', people: 20_100, conversion: 1, step_conversion: 1 },
      { event: 'order_completed@offline', people: 1_206, conversion: 0.06, step_conversion: 0.06 },
    ],
  },
  retention: {
    ...stretch,
    event: 'order_completed',
    period: 'month',
    zone: 'Asia/Shanghai',
    cohorts: [
      { cohort: '2026-08-01', people: 1_200, active: [1_200, 260, 214], rates: [1, 0.216667, 0.178333] },
    ],
    repeat_purchase: [
      { cohort: '2026-08-01', people: 1_200, within: [{ days: 30, people: 240, rate: 0.2 }] },
    ],
  },
  clv: {
    ...stretch,
    period: 'month',
    zone: 'Asia/Shanghai',
    currency: 'CNY',
    cohorts: [
      {
        cohort: '2026-08-01',
        people: 1_200,
        orders: [1_310, 290],
        net: ['312040.00', '80210.00'],
        value_per_customer: ['260.03', '326.88'],
      },
    ],
  },
  campaigns: {
    ...stretch,
    days: 7,
    currency: 'CNY',
    campaigns: [
      {
        kind: 'trigger',
        campaign: 'plus_size_hesitation',
        fired: 812,
        suppressed: 214,
        sent: 810,
        delivered: 801,
        failed: 9,
        opened: 402,
        clicked: 77,
        people: 640,
        ordered: 96,
        order_rate: 0.15,
        orders: 101,
        revenue: '40299.00',
        held_out: 71,
        held_out_ordered: 6,
        lift: 0.065493,
        lift_low: -0.0261,
        lift_high: 0.1196,
      },
    ],
  },
  channels: {
    ...stretch,
    days: 30,
    currency: 'CNY',
    purchases: [
      {
        channel: 'pos',
        orders: 9_120,
        people: 7_340,
        net: '3120400.00',
        researched_elsewhere: 2_736,
        researched_elsewhere_rate: 0.3,
      },
    ],
    ways: [{ research: 'web', purchase: 'pos', orders: 1_824, people: 1_500, share: 0.2, net: '700100.00' }],
  },
  basket: {
    ...stretch,
    orders: 40_210,
    pairs: [
      {
        a: 'spu-1',
        b: 'spu-7',
        orders: 402,
        orders_a: 1_608,
        orders_b: 804,
        support: 0.009998,
        confidence: 0.25,
        lift: 12.503109,
      },
    ],
  },
  times: {
    ...stretch,
    event: 'order_completed',
    zone: 'Asia/Shanghai',
    cells: [{ weekday: 6, hour: 20, events: 1_322, facets: 1_201 }],
  },
  ...figureExamples,
};
