import { days, does, doesIn, hours, minutes, order, type Story } from './story.ts';

const coat = { item_id: 'r-coat', category: 'women/coats', price: 500 };
const buys = (who: string, minute: number, total: number) =>
  does(who, minutes(minute), 'order_completed', order(`${who}-${minute}`, total, { ...coat, price: total }));
const bought = (who: string, daysAgo: number, total: number) =>
  does(
    who,
    -days(daysAgo),
    'order_completed',
    order(`${who}-before-${daysAgo}`, total, { ...coat, price: total }),
  );

export const relationStories: readonly Story[] = [
  {
    name: 'first order: thanks, once, however often it is reported, cancelled or placed again',
    people: { 'buys-first': {}, 'is-reported-twice': {}, 'orders-anew': {}, 'is-a-regular': {} },
    steps: [
      buys('buys-first', 10, 200),
      buys('buys-first', 20, 300),
      does('is-reported-twice', minutes(10), 'order_completed', order('same', 200, coat)),
      doesIn('pos', ['is-reported-twice', minutes(20), 'order_completed'], order('same', 200, coat)),
      buys('orders-anew', 10, 200),
      does('orders-anew', minutes(20), 'order_cancelled', { order_id: 'orders-anew-10' }),
      buys('orders-anew', 31, 200),
      bought('is-a-regular', 40, 200),
      buys('is-a-regular', 10, 200),
    ],
    told: {
      'buys-first': ['first_order_thanks fired'],
      'is-reported-twice': ['first_order_thanks fired'],
      'orders-anew': ['first_order_thanks fired', 'first_order_thanks cooldown'],
      'is-a-regular': [],
    },
  },
  {
    name: 'tier upgrade: whoever reaches a tier is told at once, of the highest only',
    people: {
      'reaches-silver': {},
      'reaches-gold-at-once': { traits: { locale: 'zh-CN' } },
      'stays-below': {},
    },
    steps: [
      ...['reaches-silver', 'reaches-gold-at-once', 'stays-below'].map((who) => bought(who, 20, 100)),
      buys('reaches-silver', 10, 2_500),
      buys('reaches-silver', 20, 7_000),
      buys('reaches-gold-at-once', 10, 9_000),
      buys('stays-below', 10, 1_500),
    ],
    told: {
      'reaches-silver': ['tier_silver fired', 'tier_gold fired'],
      'reaches-gold-at-once': ['tier_gold fired', 'tier_silver priority'],
      'stays-below': [],
    },
    payloads: {
      'reaches-silver tier_silver': {
        message: { body: 'Hello, you are silver now. Your benefits hold from today.' },
      },
      'reaches-gold-at-once tier_gold': {
        message: { body: '您好，恭喜您升级为金卡会员，权益即刻生效。' },
      },
    },
  },
  {
    name: 'points about to expire: two weeks before, unless they were spent',
    people: { 'has-points': { consent: {} }, 'spends-points': {}, 'has-none': {} },
    steps: [
      // The welcome points of the program last for 90 days.
      ...['has-points', 'spends-points'].map((who) => does(who, minutes(10), 'signed_up')),
      does('spends-points', minutes(20), 'points_redeemed', { points: 50, redemption_id: 'spent' }),
      does('has-none', days(76) + hours(1) + minutes(1), 'page_viewed'),
    ],
    told: { 'has-points': ['points_expiring fired'], 'spends-points': [], 'has-none': [] },
    payloads: { 'has-points points_expiring': { message: { title: 'Points expire soon' } } },
  },
  {
    name: 'dormant high-value customer: won back after three months, but not who has just bought, and not by a needless discount',
    people: { 'went-away': {}, 'comes-back': {}, 'spent-little': {}, 'never-needs-discounts': {} },
    steps: [
      // Ninety days are over tomorrow morning.
      bought('went-away', 89, 6_000),
      bought('comes-back', 89, 6_000),
      bought('spent-little', 89, 300),
      ...[250, 180, 89].map((daysAgo) => bought('never-needs-discounts', daysAgo, 3_000)),
      buys('comes-back', 20, 100),
      does('spent-little', hours(25) + minutes(1), 'page_viewed'),
    ],
    told: {
      'went-away': ['win_back fired'],
      'comes-back': [],
      'spent-little': [],
      'never-needs-discounts': ['win_back guard:pays_full_price'],
    },
    payloads: { 'went-away win_back': { coupon: { pool: 'winback100' } } },
  },
];
