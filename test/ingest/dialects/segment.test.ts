import { describe, expect, it } from 'vitest';
import type { DialectRoute } from '../../../src/ingest/dialects/dialect.ts';
import { segment } from '../../../src/ingest/dialects/segment.ts';
import type { WireRequest } from '../../../src/ingest/wire-request.ts';
import type { JsonObject } from '../../../src/model/json.ts';

const REQUEST: WireRequest = {
  method: 'GET',
  headers: {},
  contentType: undefined,
  query: {},
  parameters: {},
  bytes: Buffer.alloc(0),
};

function route(path: string): DialectRoute {
  const found = segment.routes.find((entry) => entry.path === path);
  expect(found, path).toBeDefined();
  return found!;
}

function decode(path: string, item: JsonObject, envelope: JsonObject = {}) {
  const decoded = segment.decode(item, envelope, route(path));
  if (!('ok' in decoded) || !decoded.ok) throw new TypeError(`no event: ${JSON.stringify(decoded)}`);
  return decoded;
}

/** As the browser library sends it to the short path. */
const browserTrack = {
  timestamp: '2026-11-21T10:00:00.000Z',
  integrations: {},
  type: 'track',
  event: 'Order Completed',
  properties: {
    order_id: 'o-1',
    total: 399,
    currency: 'CNY',
    products: [{ product_id: 'spu-1', price: 399, quantity: 1 }],
  },
  context: {
    page: { path: '/thanks', url: 'https://shop.example/thanks', title: 'Thanks' },
    userAgent: 'Mozilla/5.0',
    locale: 'zh-CN',
    campaign: { name: 'double-11' },
    timezone: 'Asia/Shanghai',
    library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
  },
  messageId: 'ajs-next-1763719200000-abc',
  anonymousId: 'a-1',
  userId: null,
  writeKey: 'wk_0123',
  sentAt: '2026-11-21T10:00:00.500Z',
} satisfies JsonObject;

describe('routes', () => {
  it('has a long and a short path for each call, and those for batches', () => {
    const names = segment.routes.map((entry) => entry.path.slice(4)).sort();
    expect(names).toEqual([
      'a',
      'alias',
      'b',
      'batch',
      'g',
      'group',
      'i',
      'identify',
      'import',
      'merge',
      'p',
      'page',
      's',
      'screen',
      't',
      'track',
    ]);
    expect(route('/v1/b')).toMatchObject({
      listKey: 'batch',
      listRequired: true,
      key: { fields: ['writeKey'] },
      accepted: { status: 200 },
    });
    expect(route('/v1/t')).toMatchObject({ path: '/v1/t', call: 'track', key: { fields: ['writeKey'] } });
  });
});

describe('track', () => {
  it('keeps name, properties, times and context, and leaves the write key behind', () => {
    const { event, sentAt } = decode('/v1/t', browserTrack);
    expect(event).toEqual({
      id: 'ajs-next-1763719200000-abc',
      type: 'Order Completed',
      time: '2026-11-21T10:00:00.000Z',
      channel: 'web',
      identifiers: { anonymous_id: 'a-1' },
      properties: browserTrack.properties,
      context: browserTrack.context,
    });
    expect(sentAt).toBe('2026-11-21T10:00:00.500Z');
    expect(JSON.stringify(event)).not.toContain('wk_0123');
  });

  it('prefers the time of the original clock, which the correction is about', () => {
    const { event } = decode('/v1/track', { ...browserTrack, originalTimestamp: '2026-11-21T09:59:59.000Z' });
    expect(event.time).toBe('2026-11-21T09:59:59.000Z');
  });

  it('leaves out what is not given, so that validation can say so', () => {
    expect(decode('/v1/track', { userId: 'u-1' }).event).toEqual({
      channel: 'web',
      identifiers: { user_id: 'u-1' },
      properties: {},
    });
    expect(decode('/v1/track', { event: 'A', properties: 'text' }).event.properties).toBe('text');
  });

  it('takes traits and the device from the context', () => {
    const context = {
      traits: { email: 'ann@example.com', firstName: 'Ann' },
      device: { id: 'd-1', advertisingId: 'ad-1', token: 'push-1', model: 'iPhone' },
      ip: '192.0.2.1',
      externalId: [{ id: 'x-1', type: 'crm' }],
      externalIds: [{ id: 'x-2', type: 'crm' }],
      os: { name: 'iOS' },
    };
    const { event } = decode('/v1/track', { ...browserTrack, context });
    expect(event.traits).toEqual({ email: 'ann@example.com', first_name: 'Ann' });
    expect(event.identifiers).toEqual({ anonymous_id: 'a-1', device_id: 'd-1' });
    // The context is kept in the clear, so no identifier and no address may stay there.
    expect(event.context).toEqual({ device: { model: 'iPhone' }, os: { name: 'iOS' } });
  });
});

describe('the other calls', () => {
  it('identify becomes profile_identified, its traits over those of the context', () => {
    const item = {
      userId: 'u-1',
      anonymousId: 'a-1',
      traits: { email: 'new@example.com', lastName: 'B' },
      context: { traits: { email: 'old@example.com', age: 3 } },
    };
    const { event } = decode('/v1/identify', item);
    expect(event).toMatchObject({
      type: 'profile_identified',
      identifiers: { user_id: 'u-1', anonymous_id: 'a-1' },
      traits: { email: 'new@example.com', last_name: 'B', age: 3 },
    });
    expect(decode('/v1/i', { userId: 'u-1', traits: 'text' }).event.traits).toBe('text');
  });

  it('the canonical spelling of a trait stands where both are there', () => {
    expect(decode('/v1/i', { traits: { first_name: 'Ann', firstName: 'An' } }).event.traits).toEqual({
      first_name: 'Ann',
    });
  });

  it('page and screen keep their name and category', () => {
    const item = {
      name: 'Home',
      category: 'Shop',
      properties: { url: 'https://shop.example/' },
      anonymousId: 'a-1',
    };
    const properties = { name: 'Home', category: 'Shop', url: 'https://shop.example/' };
    expect(decode('/v1/p', item).event).toMatchObject({ type: 'page_viewed', properties });
    expect(decode('/v1/screen', item).event).toMatchObject({ type: 'screen_viewed', properties });
  });

  it('group keeps the traits of the group away from the person', () => {
    const { event } = decode('/v1/group', { userId: 'u-1', groupId: 'g-1', traits: { name: 'Acme' } });
    expect(event).toMatchObject({
      type: 'group_identified',
      properties: { group_id: 'g-1', group_traits: { name: 'Acme' } },
    });
    expect(event.traits).toBeUndefined();
  });

  it('alias carries the previous id as an anonymous one', () => {
    const item = { previousId: 'a-0', userId: 'u-1' };
    expect(decode('/v1/alias', item).event).toMatchObject({
      type: 'profile_identified',
      identifiers: { user_id: 'u-1', anonymous_id: 'a-0' },
    });
    expect(decode('/v1/a', { ...item, anonymousId: 'a-1' }).event.identifiers).toEqual({
      user_id: 'u-1',
      anonymous_id: ['a-1', 'a-0'],
    });
  });
});

describe('merge', () => {
  it('becomes profile_identified with every identifier that it lists', () => {
    const item = {
      mergeProperties: [
        { type: 'email', value: 'ann@example.com' },
        { type: 'mobile', value: '13900001111' },
        { type: 'email', value: 'ann@example.org' },
        { type: 'email', value: '' },
        'nonsense',
      ],
    };
    expect(decode('/v1/merge', item).event).toMatchObject({
      type: 'profile_identified',
      identifiers: { email: ['ann@example.com', 'ann@example.org'], phone: '13900001111' },
    });
    expect(decode('/v1/merge', { userId: 'u-1' }).event.identifiers).toEqual({ user_id: 'u-1' });
  });
});

describe('settings', () => {
  const settings = segment.bootstrap?.find(({ path }) => path === '/v1/projects/:key/settings');
  const answer = (origin: string) =>
    JSON.parse(String(settings?.answer(REQUEST, { origin, key: 'wk_1' }).body));

  it('name this engine for events and for what the library says of itself', () => {
    const { integrations, metrics } = answer('https://shop.example/tessera');
    const place = { apiHost: 'shop.example/tessera/v1', protocol: 'https' };
    expect(integrations['Segment.io']).toEqual({ apiKey: 'wk_1', ...place });
    expect(metrics).toEqual({ sampleRate: 0, host: place.apiHost, protocol: 'https' });
    expect(answer('http://127.0.0.1:8080').integrations['Segment.io'].protocol).toBe('http');
  });

  it('name nobody else', () => {
    expect(JSON.stringify(answer('https://shop.example'))).not.toMatch(/segment\.(com|io)\b(?!":)/);
  });
});

describe('batches', () => {
  it('take the call from each item, and context and time of sending from around them', () => {
    const envelope = {
      batch: [],
      sentAt: '2026-11-21T10:00:01Z',
      context: { ip: '192.0.2.1', timezone: 'Asia/Shanghai', locale: 'en' },
    };
    const { event, sentAt } = decode('/v1/batch', { type: 'page', context: { locale: 'zh-CN' } }, envelope);
    expect(event.type).toBe('page_viewed');
    // The address of the visitor is personal, and the context is kept in the clear.
    expect(event.context).toEqual({ timezone: 'Asia/Shanghai', locale: 'zh-CN' });
    expect(sentAt).toBe('2026-11-21T10:00:01Z');
  });

  it('refuse an item whose call is unknown, and only that one', () => {
    for (const type of ['event', 'toString', 3, undefined]) {
      expect(segment.decode({ ...(type === undefined ? {} : { type }) }, {}, route('/v1/b'))).toMatchObject({
        ok: false,
        code: 'unknown_type',
        path: '/type',
      });
    }
  });

  it('correct no clock on imports, whose times are history', () => {
    const item = { type: 'track', event: 'A', timestamp: '2020-01-01T00:00:00Z' };
    expect(decode('/v1/import', item, { sentAt: '2026-11-21T10:00:01Z' })).not.toHaveProperty('sentAt');
  });
});

describe('the channel', () => {
  it.each([
    [{ channel: 'server' }, 'server'],
    [{ channel: 'mobile' }, 'app'],
    [{ channel: 'browser' }, 'web'],
    [{ channel: 'pos' }, 'pos'],
    [{ context: { library: { name: '@segment/analytics-node' } } }, 'server'],
    [{ context: { library: { name: 'analytics-kotlin' } } }, 'app'],
    [{ context: { library: { name: 'RudderLabs JavaScript SDK' } } }, 'web'],
    [{}, 'web'],
  ] as const)('of %j is %s', (item, channel) => {
    expect(decode('/v1/track', item).event.channel).toBe(channel);
  });
});
