import { does, doesIn, hours, minutes, order, type Story } from './story.ts';

const dress = { item_id: 'dress', category: 'women/plus-size/dresses', name: 'Wrap dress', price: 399 };
const shoes = { item_id: 'shoes', category: 'women/shoes', name: 'Loafer', price: 259 };

const view = (who: string, minute: number) => does(who, minutes(minute), 'product_viewed', dress);
const add = (who: string, minute: number, cart_id = `cart-${who}`, product = dress) =>
  does(who, minutes(minute), 'product_added', { ...product, cart_id });

/** Three orders at full price, months ago: nobody who waits for a discount. */
const fullPrice = (who: string) =>
  [200, 150, 100].map((daysAgo, n) =>
    does(who, -hours(24 * daysAgo), 'order_completed', order(`full-${who}-${n}`, 500, shoes)),
  );

const HESITANT = ['hesitates', 'orders-in-between', 'has-not-agreed', 'hesitates-again'];

export const cartStories: readonly Story[] = [
  {
    name: 'plus-size hesitation: three views and no order bring a coupon and the styling guide',
    people: {
      hesitates: {},
      'orders-in-between': {},
      'has-not-agreed': { consent: { marketing: { sms: false } } },
      'hesitates-again': {},
    },
    steps: [
      ...HESITANT.flatMap((who) => [view(who, 0), view(who, 5)]),
      does('orders-in-between', minutes(10), 'order_completed', order('o-h', 259, shoes)),
      ...HESITANT.map((who) => view(who, 15)),
      ...[20, 25, 31].map((minute) => view('hesitates-again', minute)),
    ],
    told: {
      hesitates: ['plus_size_hesitation fired'],
      'orders-in-between': ['first_order_thanks fired'],
      'has-not-agreed': ['plus_size_hesitation no_consent'],
      'hesitates-again': ['plus_size_hesitation fired', 'plus_size_hesitation cooldown'],
    },
    payloads: {
      'hesitates plus_size_hesitation': {
        template: 'plus_size_coupon',
        data: { guide: 'https://example.com/guides/plus-size' },
        coupon: { status: 'none_left', pool: 'plus50' },
      },
    },
  },
  {
    name: 'no discounts for the price-insensitive: they get reminders, and no coupons',
    people: { 'pays-full-price': {}, 'buys-with-coupons': {} },
    steps: [
      ...fullPrice('pays-full-price'),
      ...[200, 150, 100].map((daysAgo, n) =>
        does('buys-with-coupons', -hours(24 * daysAgo), 'order_completed', {
          ...order(`coupon-${n}`, 500, shoes),
          coupon: 'AUTUMN',
        }),
      ),
      ...['pays-full-price', 'buys-with-coupons'].flatMap((who) => [
        ...[0, 5, 15].map((minute) => view(who, minute)),
        add(who, 20),
      ]),
    ],
    told: {
      'pays-full-price': ['plus_size_hesitation guard:pays_full_price', 'abandoned_cart fired'],
      'buys-with-coupons': ['plus_size_hesitation fired', 'abandoned_cart fired'],
    },
  },
  {
    name: 'abandoned cart: half an hour for each cart, closed by its order, by an order of what it holds, or by emptying it',
    people: {
      'leaves-cart': {},
      'orders-cart': {},
      'buys-it-in-the-store': {},
      'buys-something-else': {},
      'empties-cart': {},
      'has-two-carts': {},
      'goes-on-filling': {},
      'no-consent-cart': { consent: { marketing: { sms: false } } },
      'tablet-is-late': {},
    },
    steps: [
      add('leaves-cart', 0),
      add('orders-cart', 0),
      does('orders-cart', minutes(20), 'order_completed', {
        ...order('o-1', 399),
        cart_id: 'cart-orders-cart',
      }),
      add('buys-it-in-the-store', 0),
      add('buys-it-in-the-store', 5, 'cart-buys-it-in-the-store', shoes),
      doesIn('pos', ['buys-it-in-the-store', minutes(20), 'order_completed'], order('till-1', 399, dress)),
      add('buys-something-else', 0),
      doesIn('pos', ['buys-something-else', minutes(20), 'order_completed'], order('till-2', 259, shoes)),
      add('empties-cart', 0),
      does('empties-cart', minutes(10), 'product_removed', {
        item_id: 'dress',
        cart_id: 'cart-empties-cart',
      }),
      add('has-two-carts', 0, 'one'),
      add('has-two-carts', 5, 'two', shoes),
      does('has-two-carts', minutes(15), 'order_completed', { ...order('o-2', 259, shoes), cart_id: 'two' }),
      add('goes-on-filling', 0),
      add('goes-on-filling', 20, 'cart-goes-on-filling', shoes),
      does('goes-on-filling', minutes(45), 'order_completed', order('o-3', 259, shoes)),
      add('no-consent-cart', 0),
      // The till sends its order of the twenty-fifth minute an hour later.
      add('tablet-is-late', 0),
      {
        at: minutes(61),
        who: 'tablet-is-late',
        type: 'order_completed',
        more: {
          channel: 'pos',
          time: new Date(Date.parse('2026-11-23T09:25:00+08:00')).toISOString(),
          properties: order('till-3', 399, dress),
        },
      },
    ],
    told: {
      'leaves-cart': ['abandoned_cart fired'],
      'orders-cart': ['first_order_thanks fired'],
      'buys-it-in-the-store': ['first_order_thanks fired'],
      'buys-something-else': ['first_order_thanks fired', 'abandoned_cart fired'],
      'empties-cart': [],
      'has-two-carts': ['first_order_thanks fired', 'abandoned_cart fired'],
      'goes-on-filling': ['first_order_thanks fired'],
      'no-consent-cart': ['abandoned_cart no_consent'],
      'tablet-is-late': ['abandoned_cart fired', 'abandoned_cart came_late', 'first_order_thanks fired'],
    },
    payloads: {
      'leaves-cart abandoned_cart': {
        data: { cart: [{ item_id: 'dress', quantity: 1, cart_id: 'cart-leaves-cart' }] },
        message: { locale: 'en', title: 'Still thinking it over?' },
      },
    },
  },
  {
    name: 'abandoned cart at night: it waits for the morning, unless something comes in between',
    people: { 'shops-at-night': {}, 'orders-at-dawn': {} },
    steps: [
      add('shops-at-night', 13 * 60 + 40),
      add('orders-at-dawn', 13 * 60 + 40),
      does('orders-at-dawn', hours(22), 'order_completed', order('o-dawn', 399, dress)),
      does('shops-at-night', hours(23) + minutes(5), 'page_viewed'),
    ],
    told: {
      'shops-at-night': ['abandoned_cart quiet_hours', 'abandoned_cart fired'],
      'orders-at-dawn': [
        'abandoned_cart quiet_hours',
        'abandoned_cart cancelled',
        'first_order_thanks fired',
      ],
    },
  },
  {
    name: 'placed and unpaid: a quarter of an hour later the customer is reminded, with or without consent',
    people: {
      'forgets-to-pay': { consent: { marketing: { sms: false } } },
      pays: {},
      cancels: {},
      'pays-a-deposit': {},
      'pays-at-the-door': {},
    },
    steps: [
      ...['forgets-to-pay', 'pays', 'cancels'].map((who) =>
        does(who, 0, 'order_placed', order(`placed-${who}`, 399, dress)),
      ),
      does('pays-a-deposit', 0, 'order_placed', { ...order('presale', 399, dress), presale: true }),
      does('pays-at-the-door', 0, 'order_placed', {
        ...order('at-the-door', 399, dress),
        payment_method: 'cash_on_delivery',
      }),
      does('pays', minutes(10), 'order_completed', order('placed-pays', 399, dress)),
      does('cancels', minutes(10), 'order_cancelled', { order_id: 'placed-cancels' }),
      does('forgets-to-pay', minutes(16), 'page_viewed'),
    ],
    told: {
      'forgets-to-pay': ['unpaid_order fired'],
      pays: ['first_order_thanks fired'],
      cancels: [],
      'pays-a-deposit': [],
      'pays-at-the-door': [],
    },
    payloads: {
      'forgets-to-pay unpaid_order': {
        message: { template: 'unpaid_order', locale: 'en', title: 'Your order waits' },
      },
    },
  },
];
