const stretch = { from: 1_785_542_400_000, to: 1_793_491_200_000 };

/** Answers of the figures that retailers steer by, as the document of the API shows them. */
export const figureExamples = {
  journey: {
    ...{ ...stretch, period: 'month', zone: 'Asia/Shanghai', loss_days: 90 },
    stages: [
      {
        ...{
          stage: 'interested',
          entered: 8_200,
          went_on: 1_640,
          lost: 4_100,
          waiting: 2_460,
          loss_rate: 0.5,
        },
        ...{ dwell_days_median: 3.25, dwell_days_p90: 21.5, at_end: 31_020, at_end_lost: 24_800 },
      },
    ],
    periods: [
      {
        ...{
          period: '2026-08-01',
          stage: 'interested',
          entered: 2_700,
          went_on: 560,
          lost: 1_900,
          waiting: 240,
        },
        ...{ loss_rate: 0.703704, dwell_days_median: 3.5, dwell_days_p90: 24.1 },
      },
    ],
  },
  zones: {
    ...{ ...stretch, zone: 'Asia/Shanghai' },
    zones: [
      {
        ...{
          store: 'SH-001',
          zone: 'F2-dresses',
          stays: 4_210,
          anonymous: 3_600,
          seconds: 610_450,
          seconds_median: 92,
        },
        ...{ visitors: 402, visitor_days: 480, tried: 96, tried_rate: 0.2, bought: 60, bought_rate: 0.125 },
      },
    ],
  },
  tried: {
    ...{ ...stretch, days: 7 },
    tried: [
      {
        ...{
          store: 'SH-001',
          item: 'spu-3301',
          size: 'L',
          tries: 120,
          people: 104,
          bought: 40,
          bought_other: 20,
        },
        ...{ not_bought: 60, not_bought_rate: 0.5, anonymous: 31 },
      },
    ],
  },
  demand: {
    ...{ ...stretch, by: 'item' },
    demand: [
      {
        ...{
          item: 'spu-3301',
          store: 'SH-001',
          views: 310,
          tries: 151,
          carts: 62,
          orders: 58,
          inquiries: 24,
        },
        ...{ stock_outs: 9, units: 61 },
      },
    ],
  },
  complaints: {
    ...{ ...stretch, tickets: 610, complaints: 204, orders: 40_210, rate: 0.005073, resolved: 180, open: 24 },
    ...{ hours_median: 20.5, hours_p90: 71.25 },
    compliance: { complaints: 12, people_contacted: 6_400, rate: 0.001875 },
    themes: [
      {
        theme: 'quality',
        complaints: 90,
        orders: 40_210,
        rate: 0.002238,
        resolved: 81,
        hours_median: 22,
        hours_p90: 75,
      },
    ],
    items: [
      {
        ...{ theme: 'quality', item: 'spu-3301', complaints: 31, orders: 620, rate: 0.05, resolved: 29 },
        ...{ hours_median: 26.5, hours_p90: 80 },
      },
    ],
  },
  preferences: {
    ...{ ...stretch, days: 30, goal: 0.05, answers_min: 200 },
    ...{ answerers: 1_210, bought: 97, rate: 0.080165, waiting: 140, alarm: false },
    sources: [{ source: 'app', answerers: 900, bought: 88, rate: 0.097778, waiting: 100, alarm: false }],
    questions: [
      {
        ...{ source: 'app', survey: 'style-2026', question: 'favorite_color', answerers: 700, bought: 70 },
        ...{ rate: 0.1, waiting: 60 },
      },
    ],
  },
  costs: {
    ...stretch,
    costs: [
      {
        ...{
          kind: 'trigger',
          campaign: 'cart_reminder',
          day: '2026-10-11',
          amount: '1200.00',
          currency: 'CNY',
        },
        ...{ author: 'marketing', told_at: 1_792_000_000_000 },
      },
    ],
  },
  returns: {
    ...{ ...stretch, days: 7, currency: 'CNY', margin_rate: 0.4 },
    ...{ cost: '1200.00', gross_ratio: 33.5825, return: 5.865117, judged_people: 640 },
    campaigns: [
      {
        ...{ kind: 'trigger', campaign: 'cart_reminder', cost: '1200.00', people: 640, ordered: 96 },
        ...{
          revenue: '40299.00',
          gross_ratio: 33.5825,
          lift: 0.065493,
          lift_revenue: '17595.36',
          lift_margin: '7038.14',
        },
        ...{
          return: 5.865117,
          return_low: -2.337323,
          return_high: 10.686215,
          roi: 4.865117,
          foreign_costs: 0,
        },
      },
    ],
  },
} as const;
