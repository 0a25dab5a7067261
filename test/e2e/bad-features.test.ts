import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { Answer, EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';

/*
 * Every kind of bad feature: refused with the place, a JSON pointer into the definition, and a reason that says what to
 * do. What was in force before is in force after it, to the byte.
 */
const place = new EnginePlace();
let api: EngineApi;
let inForce = '';

beforeAll(async () => {
  ({ api } = await place.start());
  const events = [
    { type: 'product_viewed', identifiers: { user_id: 'ann' }, properties: { item_id: 'i-1' } },
  ];
  await api.apply(events);
  inForce = await listed();
});
afterAll(() => place.remove());

async function listed(): Promise<string> {
  return (await api.get('/v1/definitions/features')).text;
}

async function put(name: string, body: unknown): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return await api.send('PUT', `/v1/definitions/features/${encodeURIComponent(name)}`, text);
}

const views = { on: 'product_viewed', aggregate: 'count', window: '1h' };
const orders = { on: 'order_completed', aggregate: 'sum', of: 'order.spend', money: true, window: '30d' };
const derived = (expression: unknown): JsonObject => ({ aggregate: 'derived', expression }) as JsonObject;
const where = (condition: unknown): object => ({ ...views, where: condition });
const many = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${i + 1}m`);
const nested = (depth: number): object =>
  depth === 0 ? { channel: { equals: 'web' } } : { not: nested(depth - 1) };

type Bad = readonly [what: string, definition: object, pointer: string, reason: RegExp];

const bad: readonly Bad[] = [
  // What it is called and made of
  ['a key that no feature has', { ...views, group: 'x' }, '/group', /is not a key of a feature/],
  ['another name than the address', { ...views, name: 'other' }, '/name', /must be bad/],
  ['a description that is no text', { ...views, description: 7 }, '/description', /must be a text/],
  [
    'a description that is too long',
    { ...views, description: 'x'.repeat(1_001) },
    '/description',
    /at most 1000/,
  ],
  ['no aggregate', { on: 'product_viewed', window: '1h' }, '/aggregate', /one of count, sum, average/],
  ['an aggregate that there is none of', { ...views, aggregate: 'median' }, '/aggregate', /one of count/],
  // What it reads
  ['no event type', { ...views, on: [] }, '/on', /an event type or a list/],
  ['an event type that cannot be one', { ...views, on: 'Product Viewed' }, '/on', /snake_case/],
  ['an event type twice', { ...views, on: ['product_viewed', 'product_viewed'] }, '/on', /twice/],
  [
    'too many event types',
    { ...views, on: many(33).map((name) => `t_${name}`) },
    '/on',
    /33 event types; at most 32/,
  ],
  ['no value', { ...views, aggregate: 'sum' }, '/of', /sum needs the path of a value/],
  ['a value where none is taken', { ...views, aggregate: 'time_since', of: 'time' }, '/of', /takes no value/],
  ['a path from nowhere', { ...views, aggregate: 'last', of: 'brand' }, '/of', /must start with one of id/],
  [
    'a path to an object',
    { ...views, aggregate: 'last', of: 'properties' },
    '/of',
    /which field of properties/,
  ],
  [
    'a malformed path',
    { ...views, aggregate: 'last', of: 'properties.a..b' },
    '/of',
    /empty or malformed step/,
  ],
  [
    'a property that the events do not have',
    { ...views, aggregate: 'last', of: 'properties.brnd' },
    '/of',
    /product_viewed have no properties\.brnd/,
  ],
  [
    'a property by the name it is sent under',
    { ...views, aggregate: 'last', of: 'properties.product_id' },
    '/of',
    /kept as item_id/,
  ],
  [
    'a list that is none',
    { ...views, aggregate: 'last', of: 'properties.brand[].x' },
    '/of',
    /is no list|have no/,
  ],
  [
    'an order of events without one',
    { ...views, aggregate: 'sum', of: 'order.spend' },
    '/of',
    /say nothing of/,
  ],
  [
    'a field that orders do not have',
    { ...orders, of: 'order.profit', money: false },
    '/of',
    /there are namespace/,
  ],
  [
    'texts that are to be summed',
    { ...views, aggregate: 'sum', of: 'properties.brand' },
    '/of',
    /sum is of numbers/,
  ],
  [
    'money that is none',
    { ...views, aggregate: 'sum', of: 'properties.seconds', money: true },
    '/money',
    /is no amount/,
  ],
  ['money of a count', { ...views, money: true }, '/money', /count is not of amounts/],
  ['money that is no flag', { ...orders, money: 'CNY' }, '/money', /true or false/],
  // Under which condition
  ['a condition that is none', where([]), '/where', /must be a condition/],
  ['an empty condition', where({}), '/where', /at least one term/],
  ['a term that is no path', where({ brand: { equals: 'x' } }), '/where/brand', /neither a path/],
  [
    'an operator that there is none of',
    where({ channel: { like: 'w' } }),
    '/where/channel/like',
    /is not an operator; there are equals/,
  ],
  [
    'a pattern that looks ahead',
    where({ channel: { matches: '(?=w)w.*' } }),
    '/where/channel/matches',
    /unbounded time/,
  ],
  [
    'a comparison with a text',
    where({ 'properties.price': { gt: '100' } }),
    '/where/properties.price/gt',
    /must be a number/,
  ],
  [
    'a comparison of a text',
    where({ 'properties.brand': { gt: 100 } }),
    '/where/properties.brand/gt',
    /is no number/,
  ],
  [
    'a condition over the profile',
    where({ feature: 'views_1h', gt: 1 }),
    '/where/feature',
    /only to the event/,
  ],
  ['a condition over a segment', where({ segment: 'vip' }), '/where/segment', /only to the event/],
  [
    'an unknown property in a condition',
    where({ any: [{ 'properties.colr': { equals: 'red' } }] }),
    '/where/any/0/properties.colr',
    /have no properties\.colr/,
  ],
  [
    'a sealed value in a condition',
    where({ 'properties.$sealed': { equals: 'x' } }),
    '/where/properties.$sealed',
    /sealed/,
  ],
  ['a condition that is too deep', where(nested(9)), `/where${'/not'.repeat(8)}`, /deeper than 8/],
  [
    'a condition with too many terms',
    where({ any: many(65).map((text) => ({ channel: { equals: text } })) }),
    '/where/any/64/channel',
    /more than 64 terms/,
  ],
  // Over which time
  ['no window', { on: 'product_viewed', aggregate: 'count' }, '/window', /lifetime|duration/],
  ['a window beside windows', { ...views, windows: ['1h'] }, '/windows', /may not stand beside/],
  ['a window that is too long', { ...views, window: '731d' }, '/window', /from 1m to 730d/],
  ['a window that is too short', { ...views, window: '30s' }, '/window', /from 1m to 730d/],
  ['a window in weeks', { ...views, window: '2w' }, '/window', /from 1m to 730d/],
  [
    'too many windows',
    { ...views, window: undefined, windows: many(17) },
    '/windows',
    /17 windows; at most 16/,
  ],
  ['a window twice', { ...views, window: undefined, windows: ['1h', '1h'] }, '/windows', /lists "1h" twice/],
  ['a zone that there is none of', { ...views, window: 'day', zone: 'Asia/Pekin' }, '/zone', /IANA/],
  ['an offset for a zone', { ...views, window: 'day', zone: '+08:00' }, '/zone', /IANA/],
  ['a zone for a sliding window', { ...views, zone: 'Asia/Shanghai' }, '/zone', /belongs to the windows/],
  ['a unit before a sliding window', { ...views, previous: 1 }, '/previous', /belongs to the windows/],
  ['too many units ago', { ...views, window: 'month', previous: 13 }, '/previous', /from 0 to 12/],
  ['an idle time without a session', { ...views, idle: '5m' }, '/idle', /belongs to the window "session"/],
  ['an idle time that is too long', { ...views, window: 'session', idle: '5h' }, '/idle', /from 1s to 4h/],
  // How it is aggregated
  ['a limit of a count', { ...views, limit: 5 }, '/limit', /count has none/],
  [
    'a limit that is too high',
    { ...views, aggregate: 'top_k', of: 'channel', limit: 101 },
    '/limit',
    /1 to 100/,
  ],
  ['a unit of a count', { ...views, unit: 'days' }, '/unit', /time_since and rate/],
  ['a unit of another aggregate', { ...views, aggregate: 'rate', unit: 'days' }, '/unit', /second, minute/],
  ['no half-life', { ...views, aggregate: 'decayed_sum' }, '/half_life', /1m to 730d/],
  [
    'a quantile above one',
    { ...views, aggregate: 'quantile', of: 'properties.seconds', q: 95 },
    '/q',
    /from 0 to 1/,
  ],
  [
    'a histogram of a property',
    { ...views, aggregate: 'histogram', of: 'properties.brand' },
    '/of',
    /hour or weekday/,
  ],
  ['a cart of views', { ...views, aggregate: 'cart' }, '/on', /says nothing about a cart/],
  ['distinct values of a count', { ...views, distinct: true }, '/distinct', /belongs to list_last_n/],
  // By key
  [
    'a key of an aggregate without one',
    { ...views, aggregate: 'rate', by: 'channel' },
    '/by',
    /belongs to count/,
  ],
  ['a key from nowhere', { ...views, by: 'brand' }, '/by', /must start with one of/],
  [
    'a key that the events do not have',
    { ...views, by: 'properties.brnd' },
    '/by',
    /have no properties\.brnd/,
  ],
  ['too many keys', { ...views, by: 'channel', limit: 101 }, '/limit', /from 1 to 100/],
  ['an order without a key', { ...views, order: 'recency' }, '/order', /belongs to "by"/],
  [
    'an order that there is none of',
    { ...views, by: 'channel', order: 'name' },
    '/order',
    /value or recency/,
  ],
  // Out of other features
  ['no expression', { aggregate: 'derived' }, '/expression', /must be an expression/],
  ['a window of a derived feature', { ...derived('1'), window: '1h' }, '/window', /key of a derived feature/],
  ['an expression of another feature', { ...views, expression: '1' }, '/expression', /is not a key/],
  ['an expression that breaks off', derived('views_1h /'), '/expression', /missing before the end/],
  ['a character that means nothing', derived('views_1h ? 1'), '/expression', /character 10/],
  ['a function that there is none of', derived('eval(1)'), '/expression', /not a function; there are abs/],
  ['too few values for a function', derived('min()'), '/expression', /takes 1 to 16 values/],
  ['bounds that do not rise', derived('bucket(views_1h, [9, 3])'), '/expression', /numbers that rise/],
  ['a feature that there is none of', derived('orders_2h * 2'), '/expression', /no feature "orders_2h"/],
  ['itself', derived('bad + 1'), '/expression', /reads itself: bad → bad/],
  ['an expression that is too long', derived('1 + '.repeat(300)), '/expression', /more than 1000/],
  ['an expression that is too deep', derived('('.repeat(20)), '/expression', /deeper than 16/],
];

it.each(bad)('refuses %s, and changes nothing', async (_what, definition, pointer, reason) => {
  const { status, body } = await put('bad', definition);
  expect([status, body.code]).toEqual([400, 'invalid_definition']);
  expect(body.errors).toEqual([
    { path: pointer, code: 'invalid_definition', message: expect.stringMatching(reason) },
  ]);
  expect(await listed()).toBe(inForce);
});

it.each([['Views'], ['1h'], ['views-1h'], ['x'.repeat(65)], ['views@7']])(
  'refuses the name %s',
  async (name) => {
    const { status, body } = await put(name, views);
    expect([status, body.code, body.errors?.[0]?.path]).toEqual([400, 'invalid_definition', '/name']);
    expect(await listed()).toBe(inForce);
  },
);

it.each([['now'], ['and'], ['null']])(
  'refuses the name %s, which expressions have another meaning for',
  async (name) => {
    const { status, body } = await put(name, views);
    expect([status, body.code, body.errors?.[0]?.path]).toEqual([400, 'invalid_definition', '/name']);
    expect(body.detail).toMatch(/reserved/);
    expect(await listed()).toBe(inForce);
  },
);

it('refuses a name that a window of another feature has', async () => {
  const { status, body } = await put('views_1h', { ...views, on: 'page_viewed' });
  expect([status, body.errors?.[0]?.path]).toEqual([400, '/name']);
  expect(body.detail).toMatch(/"views_1h" is already a feature of/);
  expect(await listed()).toBe(inForce);
});

it('refuses features that read each other in a circle, naming the way', async () => {
  expect((await put('one', derived('views_1h'))).status).toBe(200);
  expect((await put('two', derived('one * 2'))).status).toBe(200);
  const before = await listed();
  const { status, body } = await put('one', derived('two + 1'));
  expect([status, body.errors?.[0]?.path]).toEqual([400, '/expression']);
  expect(body.detail).toMatch(/one → two → one|two → one → two/);
  expect(await listed()).toBe(before);
  for (const name of ['two', 'one']) await api.send('DELETE', `/v1/definitions/features/${name}`);
  expect(await listed()).toBe(inForce);
});

it.each([
  ['no JSON', '{ "on": '],
  ['no object', '[]'],
])('refuses a body with %s', async (_what, text) => {
  expect((await put('bad', text)).status).toBe(400);
  expect(await listed()).toBe(inForce);
});

it('refuses more features than there may be, and still reads the profile as before', async () => {
  const windows = many(16);
  let answer = await put('crowd_0', { ...views, window: undefined, windows });
  for (let i = 1; answer.status === 200; i += 1)
    answer = await put(`crowd_${i}`, { ...views, window: undefined, windows });
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_definition']);
  expect(answer.body.detail).toMatch(/more than 1000 features/);
  const { features } = await api.profile('user_id:ann');
  expect(features.views_lifetime).toMatchObject({ value: 1, partial: false });
});
