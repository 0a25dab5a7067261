import type { JsonObject } from '../../src/model/json.ts';
import { BEGIN, catalog, days, does, doesIn, hours, minutes, order, type Story } from './story.ts';

const coat = { item_id: 'coat-lumen', brand: 'Lumen', category: 'women/coats', price: 899 };
const newCoat = { ...coat, item_id: 'coat-lumen-new', name: 'Cape coat', is_new: true };
const leggings = { item_id: 'leggings', category: 'sport/yoga/leggings', name: 'Leggings', price: 299 };

const bought = (who: string) =>
  doesIn('pos', [who, -days(60), 'order_completed'], order(`brand-${who}`, 899, coat));
const looks = (who: string, minute: number, product: JsonObject) =>
  does(who, minutes(minute), 'product_viewed', product);
const isAt = (who: string, minute: number, latitude: number, more: JsonObject = {}) =>
  doesIn('app', [who, minutes(minute), 'location_reported'], {
    ...{ latitude, longitude: 121.47, accuracy_m: 40 },
    ...more,
  });

/** Whoever may be recognized, and written to. */
const recognized = { consent: { personalization: true, marketing: { sms: true } } };

const time = (at: number): string => new Date(BEGIN + at).toISOString();

export const browsingStories: readonly Story[] = [
  {
    name: 'buys a brand and views its new product: an invitation to try it, once a month',
    people: {
      'knows-lumen': {},
      'knows-nothing-of-it': {},
      'looks-at-old': {},
      'has-bought-the-new': {},
      'wants-no-messages': { consent: {} },
    },
    steps: [
      ...['knows-lumen', 'looks-at-old', 'wants-no-messages'].map(bought),
      doesIn('pos', ['has-bought-the-new', -days(20), 'order_completed'], order('brand-new', 899, newCoat)),
      looks('has-bought-the-new', 0, newCoat),
      looks('knows-lumen', 0, newCoat),
      looks('knows-lumen', 10, { ...newCoat, item_id: 'scarf-lumen-new' }),
      looks('knows-nothing-of-it', 0, newCoat),
      looks('looks-at-old', 0, coat),
      looks('wants-no-messages', 0, newCoat),
    ],
    told: {
      'knows-lumen': ['known_brand_new_product fired', 'known_brand_new_product cooldown'],
      'knows-nothing-of-it': [],
      'looks-at-old': [],
      'has-bought-the-new': [],
      'wants-no-messages': ['known_brand_new_product no_consent'],
    },
    payloads: {
      'knows-lumen known_brand_new_product': {
        message: {
          ...{ template: 'trial_invitation', locale: 'en', title: 'New from your brand' },
          body: 'Hello, Cape coat by Lumen is here. Come and try it before everybody else does.',
        },
      },
    },
  },
  {
    name: 'repeated views of yoga wear: an outfit with a mat, within the caps of the customer and of the group',
    people: {
      'likes-yoga': { traits: { locale: 'zh-CN' } },
      'buys-leggings': {},
      'one-message-a-week': { traits: { contact_limit: 1 } },
      'has-had-two': {},
    },
    steps: [
      ...['likes-yoga', 'buys-leggings', 'one-message-a-week', 'has-had-two'].flatMap((who) => [
        looks(who, 5, leggings),
        looks(who, 10, leggings),
        looks(who, 20, leggings),
      ]),
      does('buys-leggings', minutes(15), 'order_completed', order('yoga-1', 299, leggings)),
      ...['one-message-a-week', 'has-had-two'].flatMap((who) => [bought(who), looks(who, 0, newCoat)]),
      does('has-had-two', minutes(25), 'product_added', { ...leggings, cart_id: 'yoga' }),
    ],
    told: {
      'likes-yoga': ['yoga_outfit fired'],
      'buys-leggings': ['first_order_thanks fired'],
      'one-message-a-week': ['known_brand_new_product fired', 'yoga_outfit cap:customer'],
      'has-had-two': ['known_brand_new_product fired', 'yoga_outfit fired', 'abandoned_cart cap:group'],
    },
    payloads: {
      'likes-yoga yoga_outfit': {
        data: { items: [{ item_id: 'yoga-leggings' }, { item_id: 'yoga-top' }, { item_id: 'yoga-mat' }] },
        message: { locale: 'zh', title: '为您搭配好了' },
      },
    },
  },
  {
    name: 'browsed online and walks into a store: the associate gets a brief with the cart and the views',
    people: {
      'browses-and-comes': recognized,
      'just-comes': recognized,
      'stays-unknown': recognized,
      'was-never-asked': {},
      'takes-the-tablet': recognized,
    },
    steps: [
      looks('browses-and-comes', 0, coat),
      does('browses-and-comes', minutes(5), 'product_added', { ...leggings, cart_id: 'brief' }),
      looks('stays-unknown', 0, coat),
      looks('was-never-asked', 0, coat),
      {
        at: minutes(5),
        who: 'stays-unknown',
        type: 'consent_changed',
        more: { consent: { personalization: false }, properties: {} },
      },
      doesIn('store_device', ['takes-the-tablet', minutes(10), 'product_viewed'], coat),
      ...[
        ...['browses-and-comes', 'just-comes', 'stays-unknown'],
        ...['was-never-asked', 'takes-the-tablet'],
      ].map((who) => doesIn('store', [who, minutes(20), 'store_entered'], { store: 'SH-1' })),
      doesIn('store', ['browses-and-comes', minutes(25), 'store_entered'], { store: 'SH-1' }),
    ],
    told: {
      'browses-and-comes': ['store_brief fired', 'store_brief cooldown', 'abandoned_cart fired'],
      'just-comes': [],
      'stays-unknown': [],
      'was-never-asked': [],
      'takes-the-tablet': [],
    },
    payloads: {
      'browses-and-comes store_brief': {
        data: {
          store: 'SH-1',
          cart: [{ item_id: 'leggings', quantity: 1, cart_id: 'brief' }],
          views: ['coat-lumen'],
        },
        message: { body: 'In the cart: leggings. Looked at: coat-lumen. Size: unknown.' },
      },
    },
  },
  {
    name: 'near a store with an event: an invitation while it is on, in its surroundings only',
    people: {
      'walks-by': recognized,
      'is-far-away': recognized,
      'walks-by-the-other': recognized,
      'makes-it-up': recognized,
      'walks-by-without-consent': { consent: { personalization: true, marketing: { sms: false } } },
      'walks-by-unrecognized': {},
      'comes-too-late': recognized,
      'walks-by-at-night': recognized,
    },
    steps: [
      catalog(
        0,
        'stores',
        {
          store_id: 'SH-1',
          position: { latitude: 31.2, longitude: 121.47, datum: 'wgs84' },
          geofence_meters: 250,
          events: [
            { name: 'Trunk show', from: time(-hours(1)), until: time(minutes(30)) },
            { name: 'Late night', from: time(hours(13)), until: time(hours(16)) },
          ],
        },
        { store_id: 'SH-2', position: { latitude: 31.3, longitude: 121.47, datum: 'wgs84' } },
      ),
      // A thousandth of a degree of latitude is 111 m.
      isAt('walks-by', 10, 31.2019),
      isAt('is-far-away', 10, 31.2029),
      isAt('walks-by-the-other', 10, 31.3),
      isAt('makes-it-up', 10, 31.9, { store_event: 'My own party' }),
      isAt('walks-by-without-consent', 10, 31.2),
      isAt('walks-by-unrecognized', 10, 31.2),
      isAt('comes-too-late', 31, 31.2),
      // 23 o'clock in Shanghai.
      isAt('walks-by-at-night', 14 * 60, 31.2),
    ],
    told: {
      'walks-by': ['store_event_nearby fired'],
      'is-far-away': [],
      'walks-by-the-other': [],
      'makes-it-up': [],
      'walks-by-without-consent': ['store_event_nearby no_consent'],
      'walks-by-at-night': ['store_event_nearby quiet_hours'],
      'walks-by-unrecognized': [],
      'comes-too-late': [],
    },
    payloads: {
      'walks-by store_event_nearby': {
        message: { body: 'Hello, Trunk show is on in our store nearby. Come in!' },
      },
    },
  },
];
