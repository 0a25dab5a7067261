import type { JsonObject } from '../../src/model/json.ts';
import { catalog, does, doesIn, minutes, order, type Story } from './story.ts';

const coat38 = { item_id: 'coat', variant_id: 'coat-38' };
const notified = { ...coat38, notify: true, available: false };

const coat = {
  item_id: 'coat',
  price: '899.00',
  variants: [{ variant_id: 'coat-38' }, { variant_id: 'coat-40' }],
};
const bag = (price: string): JsonObject => ({ item_id: 'bag', price });
const scarf = (price: string): JsonObject => ({ item_id: 'scarf', price });
const level = (variant_id: string, quantity: number): JsonObject => ({
  ...{ item_id: 'coat', variant_id, store: 'SH-1', quantity },
});

const likes = (who: string, item_id: string) => does(who, minutes(5), 'product_favorited', { item_id });

export const wishStories: readonly Story[] = [
  {
    name: 'back in stock: whoever asked to be told hears of it, online or in a store, and nobody else',
    people: {
      'asks-online': { consent: { marketing: { sms: false } } },
      'asks-in-the-store': {},
      'asks-for-any-size': {},
      'asks-for-size-40': {},
      'does-not-ask-to-be-told': {},
      'finds-it-elsewhere': {},
      'asks-too-late': {},
    },
    steps: [
      catalog(0, 'items', coat),
      catalog(0, 'stock', level('coat-38', 0), level('coat-40', 3)),
      does('asks-online', minutes(5), 'stock_inquired', notified),
      doesIn('pos', ['asks-in-the-store', minutes(5), 'stock_inquired'], { ...notified, store: 'SH-1' }),
      does('asks-for-any-size', minutes(5), 'stock_inquired', { item_id: 'coat', notify: true }),
      does('asks-for-size-40', minutes(5), 'stock_inquired', { ...notified, variant_id: 'coat-40' }),
      does('does-not-ask-to-be-told', minutes(5), 'stock_inquired', { ...notified, notify: false }),
      does('finds-it-elsewhere', minutes(5), 'stock_inquired', notified),
      doesIn('pos', ['finds-it-elsewhere', minutes(10), 'order_completed'], order('found', 899, coat38)),
      catalog(minutes(20), 'stock', level('coat-38', 5)),
      does('asks-too-late', minutes(25), 'stock_inquired', notified),
    ],
    told: {
      'asks-online': ['back_in_stock fired'],
      'asks-in-the-store': ['back_in_stock fired'],
      'asks-for-any-size': ['back_in_stock fired'],
      'asks-for-size-40': [],
      'does-not-ask-to-be-told': [],
      'finds-it-elsewhere': ['first_order_thanks fired'],
      'asks-too-late': [],
    },
    payloads: { 'asks-online back_in_stock': { message: { title: 'It is back' } } },
  },
  {
    name: 'price drop on a favorite: while it still is one, not bought yet, and the drop is worth a message',
    people: {
      'likes-the-bag': {},
      'changed-her-mind': {},
      'bought-the-bag': {},
      'likes-the-scarf': {},
      'likes-without-consent': { consent: {} },
    },
    steps: [
      catalog(0, 'items', bag('999.00'), scarf('100.00')),
      ...['likes-the-bag', 'changed-her-mind', 'bought-the-bag', 'likes-without-consent'].map((who) =>
        likes(who, 'bag'),
      ),
      likes('likes-the-scarf', 'scarf'),
      does('changed-her-mind', minutes(10), 'product_favorited', { item_id: 'bag', removed: true }),
      does('bought-the-bag', minutes(10), 'order_completed', order('bag-1', 999, { item_id: 'bag' })),
      catalog(minutes(20), 'items', bag('899.00'), scarf('98.00')),
    ],
    told: {
      'likes-the-bag': ['favorite_price_drop fired'],
      'changed-her-mind': [],
      'bought-the-bag': ['first_order_thanks fired'],
      'likes-the-scarf': [],
      'likes-without-consent': ['favorite_price_drop no_consent'],
    },
  },
];
