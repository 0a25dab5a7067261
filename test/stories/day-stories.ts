import { days, does, hours, minutes, order, type Story } from './story.ts';

/** A minute past 10 in the morning. */
const NEXT_MORNING = hours(25) + minutes(1);

const powder = { item_id: 'powder', category: 'baby/milk-powder/stage-2', price: 268 };
const beans = { item_id: 'beans', category: 'food/coffee/beans', price: 88 };
const toy = { item_id: 'toy', category: 'kids/toys', price: 120 };

const buys = (who: string, daysAgo: number, product: typeof toy) =>
  does(who, -days(daysAgo), 'order_completed', order(`${who}-${daysAgo}`, product.price, product));
const gift = (who: string, daysAgo: number) => {
  const properties = { ...order(`${who}-gift`, toy.price, toy), gift: true };
  return does(who, -days(daysAgo), 'order_completed', properties);
};

export const dayStories: readonly Story[] = [
  {
    name: 'birthday: a greeting with a gift at ten in the morning, once a year',
    people: {
      'has-birthday': { traits: { birthday: '1990-11-24' } },
      'lives-in-london': { traits: { birthday: '11-24', timezone: 'Europe/London' } },
      'corrects-birthday': { traits: { birthday: '1990-11-24' } },
      'has-it-next-month': { traits: { birthday: '1990-12-24' } },
      'birthday-without-consent': { consent: {}, traits: { birthday: '1990-11-24' } },
    },
    steps: [
      {
        at: NEXT_MORNING,
        who: 'corrects-birthday',
        type: 'profile_identified',
        more: { traits: { birthday: '1990-11-30' }, properties: {} },
      },
      // Ten o'clock in London is six in the evening here.
      does('lives-in-london', hours(33) + minutes(1), 'page_viewed'),
      does('corrects-birthday', days(8), 'page_viewed'),
      does('has-it-next-month', days(31) + hours(2), 'page_viewed'),
    ],
    told: {
      'has-birthday': ['birthday fired'],
      'lives-in-london': ['birthday fired'],
      'corrects-birthday': ['birthday fired', 'birthday cap:trigger'],
      'has-it-next-month': ['birthday fired'],
      'birthday-without-consent': ['birthday no_consent'],
    },
    payloads: {
      'has-birthday birthday': { message: { title: 'Happy birthday!' }, coupon: { pool: 'birthday_gift' } },
    },
  },
  {
    name: 'festival coming: for those who bought gifts around it last year, two weeks before',
    people: {
      'gave-gifts': {},
      'bought-a-toy': {},
      'gave-in-summer': {},
      'gave-without-consent': { consent: {} },
    },
    steps: [
      // 10 February 2026; the festival of 2027 is on 6 February.
      gift('gave-gifts', 286),
      buys('bought-a-toy', 286, toy),
      gift('gave-in-summer', 140),
      gift('gave-without-consent', 286),
      does('bought-a-toy', days(61) + hours(1) + minutes(1), 'page_viewed'),
    ],
    told: {
      // The points of last year's order expire two weeks after that.
      'gave-gifts': ['spring_festival_gifts fired', 'points_expiring fired'],
      'bought-a-toy': ['points_expiring fired'],
      'gave-in-summer': [],
      'gave-without-consent': ['spring_festival_gifts no_consent', 'points_expiring fired'],
    },
  },
  {
    name: 'repeat cycle due: three days before milk powder or coffee runs out, by the usual or the own rhythm',
    people: {
      'feeds-a-baby': {},
      'buys-in-time': {},
      'drinks-coffee': {},
      'drinks-coffee-all-day': {},
      'gives-milk-powder': {},
      'buys-a-toy': {},
    },
    steps: [
      buys('feeds-a-baby', 24, powder),
      buys('buys-in-time', 24, powder),
      does('buys-in-time', minutes(20), 'order_completed', order('in-time', 268, powder)),
      // Twelve days apart, so the next one is due in three, and today is the day.
      ...[33, 21, 9].map((daysAgo) => buys('drinks-coffee', daysAgo, beans)),
      // Every third day: no reminder on the very day of an order, and one once they stay away.
      ...[6, 3].map((daysAgo) => buys('drinks-coffee-all-day', daysAgo, beans)),
      does('drinks-coffee-all-day', minutes(20), 'order_completed', order('coffee-1', 88, beans)),
      does('drinks-coffee-all-day', NEXT_MORNING, 'order_completed', order('coffee-2', 88, beans)),
      does('gives-milk-powder', -days(24), 'order_completed', {
        ...order('powder-gift', 268, powder),
        gift: true,
      }),
      buys('buys-a-toy', 24, toy),
      does('drinks-coffee', minutes(61), 'page_viewed'),
      does('feeds-a-baby', NEXT_MORNING, 'page_viewed'),
      // What was bought in time is due again four weeks later.
      does('buys-in-time', days(24), 'page_viewed'),
    ],
    told: {
      'feeds-a-baby': ['milk_powder_due fired'],
      'buys-in-time': ['milk_powder_due fired'],
      'drinks-coffee': ['coffee_due fired'],
      'drinks-coffee-all-day': ['coffee_due fired'],
      'gives-milk-powder': [],
      'buys-a-toy': [],
    },
    payloads: {
      'feeds-a-baby milk_powder_due': {
        data: { product: 'milk powder' },
        message: { title: 'Time for more?' },
      },
    },
  },
];
