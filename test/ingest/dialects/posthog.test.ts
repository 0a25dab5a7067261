import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { posthog } from '../../../src/ingest/dialects/posthog/posthog.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { openRecorded, type RecordedRequest, readRecorded, routeOf } from './open-recorded.ts';

const recorded = readRecorded('posthog');

async function events(request: RecordedRequest): Promise<readonly JsonObject[]> {
  return (await openRecorded(posthog, request)).map((outcome) => {
    if (!outcome.ok) throw new TypeError(`rejected: ${outcome.code}`);
    return outcome.event;
  });
}

async function decode(item: JsonObject, url = '/e/'): Promise<JsonObject | undefined> {
  const body = Buffer.from(JSON.stringify(item)).toString('base64');
  const [event] = await events({ from: 'test', method: 'POST', url, headers: {}, body });
  return event;
}

const BROWSER = { $device_id: 'd-1', distinct_id: 'd-1', $lib: 'web', token: 'wk_1' };

describe('what posthog-node sends', () => {
  it('is one visitor who becomes one user, whatever is compressed', async () => {
    const sent = recorded.filter(({ from }) => from === 'posthog-node');
    const found = (await Promise.all(sent.map(events))).flat();
    const visitor = '019a0000-0000-7000-8000-000000000001';
    expect(found.map(({ type, identifiers }) => [type, identifiers])).toEqual([
      ['$pageview', { anonymous_id: visitor }],
      ['Product Viewed', { anonymous_id: visitor }],
      ['profile_identified', { user_id: 'u-1', anonymous_id: visitor }],
      ['profile_identified', { user_id: 'u-1', anonymous_id: visitor }],
      ['Order Completed', { user_id: 'u-1' }],
    ]);
    expect(found[2]?.traits).toEqual({ email: 'ann@example.com' });
    expect(found.map(({ channel }) => channel)).toEqual(Array(5).fill('server'));
    expect(new Set(found.map(({ id }) => id)).size).toBe(5);
  });

  it('says when it was sent, so that a wrong clock is corrected', async () => {
    const [first] = await openRecorded(posthog, recorded[0]!);
    expect(first).toMatchObject({ ok: true, sentAt: expect.stringMatching(/^2026-11-22T/) });
  });
});

describe('what posthog-js sends', () => {
  it('is a page view, a product, a person and an order of one browser', async () => {
    const sent = recorded.filter(({ from }) => from === 'posthog-js');
    const found = (await Promise.all(sent.map(events))).flat();
    const byType = new Map(found.map((event) => [event.type, event]));
    const [view, order] = [byType.get('Product Viewed'), byType.get('Order Completed')];
    expect(view?.identifiers).toEqual({ anonymous_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(view?.properties).toEqual({ product_id: 'spu-1', price: 399 });
    expect(order?.identifiers).toEqual({ user_id: 'u-1', ...(view?.identifiers as JsonObject) });
    expect(byType.get('$pageview')?.properties).toEqual({
      url: expect.stringMatching(/^http:\/\/shop\.example:\d+\/posthog-js\?utm_source=news/),
      path: '/posthog-js',
      title: 'Shop',
    });
    expect(byType.get('element_clicked')?.properties).toMatchObject({ element: 'button', text: 'Buy' });
    expect(byType.get('group_identified')?.properties).toMatchObject({
      group_id: 'c-1',
      group_traits: { name: 'x' },
    });
    expect(view).toMatchObject({
      channel: 'web',
      context: {
        library: { name: 'web', version: '1.449.2' },
        campaign: { source: 'news', name: 'summer' },
        device: { type: 'desktop' },
      },
    });
  });

  it('keeps neither the key nor anybody’s id among the circumstances', async () => {
    for (const request of recorded) {
      for (const { context } of await events(request)) {
        const text = JSON.stringify(context);
        expect(text).not.toContain('wk_0123');
        expect(text).not.toMatch(/\$(?:user|device)_id|anon_distinct_id|ann@example/);
      }
    }
  });

  it('is read from a form that a closing page sends, from an image, and from a list without an envelope', async () => {
    const item = {
      event: '$pageview',
      uuid: 'e-1',
      properties: { ...BROWSER, $current_url: 'https://shop.example/ü' },
    };
    const text = Buffer.from(JSON.stringify(item)).toString('base64');
    const request = { from: 'test', headers: { 'content-type': 'text/plain' } };
    const form = Buffer.from(`data=${encodeURIComponent(text)}`).toString('base64');
    const bodies = [
      { ...request, method: 'POST', url: '/e/?compression=base64', body: form },
      { ...request, method: 'POST', url: '/e/', body: form },
      { ...request, method: 'GET', url: `/e/?data=${encodeURIComponent(text)}` },
      { ...request, method: 'POST', url: '/e', body: gzipSync(JSON.stringify([item])).toString('base64') },
      { ...request, method: 'POST', url: '/capture/', body: text },
    ];
    for (const each of bodies) {
      const [event] = await events(each);
      expect(event).toMatchObject({ id: 'e-1', properties: { url: 'https://shop.example/ü' } });
    }
  });
});

describe('whom an event is about', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['a browser before anybody is identified', BROWSER, { anonymous_id: 'd-1' }],
    [
      'a browser after a reset: another visitor',
      { ...BROWSER, distinct_id: 'x', $is_identified: false },
      { anonymous_id: 'x' },
    ],
    ['a browser afterwards', { ...BROWSER, distinct_id: 'u-1' }, { user_id: 'u-1', anonymous_id: 'd-1' }],
    ['a server that names a user', { distinct_id: 'u-1' }, { user_id: 'u-1' }],
    [
      'a server without a person',
      { distinct_id: 's-1', $process_person_profile: false },
      { anonymous_id: 's-1' },
    ],
    ['a visitor without cookies', { distinct_id: '$posthog_cookieless' }, {}],
    ['nobody', {}, {}],
  ])('knows %s', async (_title, properties, identifiers) => {
    expect((await decode({ event: 'x', properties }))?.identifiers).toEqual(identifiers);
  });

  it('takes a user whose id is a made-up one for both, so that events before and after meet', async () => {
    const id = '019a0000-0000-7000-8000-000000000001';
    const event = await decode({ event: '$identify', distinct_id: id, properties: {} });
    expect(event?.identifiers).toEqual({ user_id: id, anonymous_id: id });
  });
});

describe('what happened', () => {
  it('keeps nothing of what the library says about itself', async () => {
    for (const event of ['$snapshot', '$$heatmap', '$web_vitals', '$feature_flag_called']) {
      expect(await decode({ event, properties: BROWSER })).toBeUndefined();
    }
  });

  it('makes what is set traits, and what is set once a property', async () => {
    const event = await decode({
      event: '$set',
      properties: { ...BROWSER, $set: { firstName: 'Ann' }, $set_once: { source: 'news', lastName: 'Bo' } },
      $set: { email: 'ann@example.com' },
    });
    expect(event).toMatchObject({
      type: 'profile_identified',
      traits: { first_name: 'Ann', email: 'ann@example.com' },
      properties: { set_once: { source: 'news', last_name: 'Bo' } },
    });
  });

  it('corrects the clock by the offset that the browser states', async () => {
    const body = JSON.stringify({
      event: 'x',
      timestamp: '2026-11-22T10:00:00.000Z',
      offset: 1500,
      properties: {},
    });
    const [outcome] = await openRecorded(posthog, {
      from: 'test',
      method: 'POST',
      url: '/e/',
      headers: {},
      body: Buffer.from(body).toString('base64'),
    });
    expect(outcome).toMatchObject({ sentAt: Date.parse('2026-11-22T10:00:01.500Z') });
  });
});

describe('answers', () => {
  const route = routeOf(posthog, { method: 'POST', url: '/e/' });

  it('are 200, because the browser’s library sends again whatever is not', () => {
    expect(route.accepted?.status).toBe(200);
    expect(route.failed?.({ status: 400, code: 'empty_batch', detail: '' })?.status).toBe(200);
  });

  it('say 503 instead of 429, upon which the browser’s library drops what it has', () => {
    expect(route.failed?.({ status: 429, code: 'too_many_requests', detail: 'busy' })?.status).toBe(503);
    expect(route.failed?.({ status: 401, code: 'unauthorized', detail: '' })).toBeUndefined();
  });

  it('of the configuration switch off what would ask anybody else, and cannot be broken out of', () => {
    const place = { origin: 'https://cdp.shop.example', key: 'wk_"</script>' };
    const request = {
      method: 'GET',
      headers: {},
      contentType: undefined,
      query: {},
      parameters: {},
      bytes: Buffer.alloc(0),
    };
    for (const each of posthog.bootstrap ?? []) {
      const { status, body } = each.answer(request, place);
      expect(status).toBe(200);
      expect(String(body)).not.toContain('posthog.com');
    }
    const script = posthog.bootstrap?.find(({ path }) => path.endsWith('config.js'));
    expect(String(script?.answer(request, place).body)).not.toContain('</script');
    const page: { _POSTHOG_REMOTE_CONFIG?: Record<string, { config: JsonObject }> } = {};
    new Function('window', String(script?.answer(request, place).body))(page);
    const { config } = page._POSTHOG_REMOTE_CONFIG?.[place.key] ?? {};
    expect(config).toMatchObject({
      token: place.key,
      surveys: false,
      sessionRecording: false,
      hasFeatureFlags: false,
    });
  });
});
