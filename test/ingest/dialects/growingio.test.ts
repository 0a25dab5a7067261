import { describe, expect, it } from 'vitest';
import { growingio } from '../../../src/ingest/dialects/growingio/growingio.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { compressToBits, toBytes, toUriPart } from './lz-compress.ts';
import { type Outcome, openRecorded, type RecordedRequest } from './open-recorded.ts';

const PATH = '/v3/projects/:project/collect';
const PAGE = {
  eventType: 'PAGE',
  deviceId: 'd-1',
  userId: 'u-1',
  sessionId: 's-1',
  timestamp: 1795372793478,
  globalSequenceId: 7,
  domain: 'shop.example',
  path: '/p/spu-1',
  title: '连衣裙',
  platform: 'Web',
  sdkVersion: '4.3.1',
};

function post(body: Buffer | string, query = ''): RecordedRequest {
  return {
    from: 'test',
    method: 'POST',
    url: `${PATH}?stm=1795372793500${query}`,
    headers: {},
    body: Buffer.from(body).toString('base64'),
  };
}

async function decode(event: JsonObject): Promise<Outcome | undefined> {
  return (await openRecorded(growingio, post(JSON.stringify([event]))))[0];
}

describe('a request', () => {
  const expected = {
    ok: true,
    sentAt: '1795372793500',
    event: {
      id: expect.stringMatching(/^[\w-]{22}$/),
      type: 'page_viewed',
      time: 1795372793478,
      channel: 'web',
      identifiers: { user_id: 'u-1', anonymous_id: 'd-1' },
      properties: { url: 'https://shop.example/p/spu-1', path: '/p/spu-1', title: '连衣裙' },
    },
  };

  it('is a list or one event, plain or compressed, in a body or in an address', async () => {
    const text = JSON.stringify([PAGE]);
    const bits = compressToBits(text);
    const requests = [
      post(text),
      post(JSON.stringify(PAGE), '&compress=0'),
      post(toBytes(bits), '&compress=1'),
      post(`data=${toUriPart(bits)}`, '&compress=11'),
      { ...post('', `&compress=11&data=${encodeURIComponent(toUriPart(bits))}`), method: 'GET' },
      { ...post('', `&data=${encodeURIComponent(text)}`), method: 'GET' },
    ];
    for (const request of requests) expect(await openRecorded(growingio, request)).toMatchObject([expected]);
  });

  it('that is damaged is unreadable', async () => {
    const bytes = toBytes(compressToBits(JSON.stringify([PAGE])));
    for (const request of [
      post(bytes.subarray(0, 40), '&compress=1'),
      post('{', ''),
      { ...post(''), method: 'GET' },
    ]) {
      await expect(openRecorded(growingio, request)).rejects.toMatchObject({ code: 'unreadable_body' });
    }
  });
});

describe('an event', () => {
  it('keeps its name and its attributes', async () => {
    const event = {
      ...PAGE,
      eventType: 'CUSTOM',
      eventName: 'product_viewed',
      attributes: { item_id: 'spu-1' },
    };
    expect(await decode(event)).toMatchObject({
      event: { type: 'product_viewed', properties: { item_id: 'spu-1' } },
    });
  });

  it('about a person is traits', async () => {
    const event = {
      ...PAGE,
      eventType: 'LOGIN_USER_ATTRIBUTES',
      userKey: 'member_id',
      userId: 'm-1',
      attributes: { level: 3 },
    };
    expect(await decode(event)).toMatchObject({
      event: {
        type: 'profile_identified',
        identifiers: { member_id: 'm-1', anonymous_id: 'd-1' },
        traits: { level: 3 },
      },
    });
  });

  it('of a kind that says nothing of a customer is not kept', async () => {
    expect(await decode({ ...PAGE, eventType: 'APP_CLOSED' })).toBeUndefined();
  });

  it('is told from another by its place in the session', async () => {
    const ids = await Promise.all([PAGE, PAGE, { ...PAGE, globalSequenceId: 8 }].map(decode));
    const [first, again, other] = ids.map((outcome) => outcome?.ok && outcome.event.id);
    expect(first).toBe(again);
    expect(first).not.toBe(other);
    const { globalSequenceId: _place, ...older } = PAGE;
    const [one, two] = await Promise.all(
      [1, 2].map((eventSequenceId) => decode({ ...older, eventSequenceId })),
    );
    expect(one?.ok && one.event.id).not.toBe(two?.ok && two.event.id);
  });
});
