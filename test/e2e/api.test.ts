import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { StreamReader } from './support/stream-reader.ts';

const TRIGGERS = '/v1/stream/triggers?trigger=plus_size_hesitation';

const place = new EnginePlace();
let api: EngineApi;
let serial = 0;
beforeAll(async () => {
  ({ api } = await place.start());
});
afterAll(() => place.remove());

/** A view of a plus-size dress. */
function view(identifiers: JsonObject, more: JsonObject = {}): JsonObject {
  serial += 1;
  const properties = { item_id: `spu-${serial}`, category: 'women/plus-size/dresses' };
  return { id: `view-${serial}`, type: 'product_viewed', identifiers, properties, ...more };
}

function order(identifiers: JsonObject, total: string): JsonObject {
  serial += 1;
  const properties = { order_id: `order-${serial}`, total, currency: 'CNY' };
  return { id: `paid-${serial}`, type: 'order_completed', identifiers, properties };
}

/** Three views: what plus_size_hesitation waits for. Answers the decisions. */
async function hesitate(identifiers: JsonObject, more: JsonObject = {}): Promise<readonly JsonObject[]> {
  const views = [view(identifiers, more), view(identifiers, more), view(identifiers, more)];
  const { body } = await api.apply(views);
  return body.results.flatMap(({ triggers }: { triggers: JsonObject[] }) => triggers);
}

async function viewsOf(reference: string): Promise<unknown> {
  return (await api.profile(reference)).features.views_1h?.value;
}

describe('a request that waits', () => {
  it('sees the features that its own event changed', async () => {
    for (const expected of [1, 2, 3]) {
      const { body } = await api.apply(view({ anonymous_id: 'waits' }), '&include=profile');
      expect(body.results).toMatchObject([
        { status: 'applied', profile: { features: { views_1h: { value: expected, partial: false } } } },
      ]);
      expect(body.results[0].profile.profile_id).toBe(body.results[0].profile_id);
    }
  });

  it('is told that a repeated event is a duplicate, and nothing changes', async () => {
    const event = order({ user_id: 'repeats' }, '12.50');
    await api.apply(event);
    const digest = await api.digest();
    const { body } = await api.apply([event, event]);
    expect(body.results.map(({ status }: JsonObject) => status)).toEqual(['duplicate', 'duplicate']);
    expect(await api.digest()).toBe(digest);
    expect((await api.profile('user_id:repeats')).features.gross_lifetime?.value).toBe('12.50');
  });

  it('counts an order once that two sources report under different event ids', async () => {
    const first = order({ user_id: 'twice' }, '30.00');
    await api.apply([first, { ...first, id: 'another' }]);
    const { features } = await api.profile('user_id:twice');
    expect([features.orders_lifetime?.value, features.gross_lifetime?.value]).toEqual([1, '30.00']);
  });

  it('with dry_run explains and stores nothing', async () => {
    await api.settled();
    const before = [await api.digest(), await api.numbers('SELECT count() AS events FROM events')];
    const events = [view({ anonymous_id: 'dry' }), { type: 7 }];
    const { status, body } = await api.post('/v1/events?dry_run=1', events);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      dry_run: true,
      accepted: 1,
      rejected: [{ index: 1, code: 'schema_violation' }],
    });
    expect(body.rejected[0]).not.toHaveProperty('quarantine_id');
    await api.settled();
    expect([await api.digest(), await api.numbers('SELECT count() AS events FROM events')]).toEqual(before);
    expect((await api.get('/v1/profiles/anonymous_id:dry')).status).toBe(404);
  });
});

describe('plus_size_hesitation', () => {
  const consent = { marketing: { sms: true } };

  it('fires at the third view within half an hour, for those who agreed, and once a day', async () => {
    const first = await hesitate({ anonymous_id: 'agrees' }, { consent });
    expect(first).toMatchObject([{ trigger: 'plus_size_hesitation', decision: 'fired', channel: 'sms' }]);
    expect(await hesitate({ anonymous_id: 'agrees' })).toMatchObject([
      { decision: 'suppressed', reason: 'cooldown' },
    ]);
  });

  it('is visibly suppressed without consent', async () => {
    const decisions = await hesitate({ anonymous_id: 'silent' });
    expect(decisions).toMatchObject([{ decision: 'suppressed', reason: 'no_consent' }]);
    await api.settled();
    const rows = await api.sql(`SELECT decision, reason FROM decisions WHERE id = '${decisions[0]?.id}'`);
    expect(rows).toEqual([{ decision: 'suppressed', reason: 'no_consent' }]);
  });

  it('stays quiet after a purchase within the half hour', async () => {
    await api.apply(view({ anonymous_id: 'buys' }));
    await api.apply(order({ anonymous_id: 'buys' }, '99.00'));
    expect(await hesitate({ anonymous_id: 'buys' }, { consent })).toEqual([]);
  });

  it('is streamed in order, and the stream goes on where a client left it', async () => {
    const stream = await StreamReader.open(api, TRIGGERS);
    const [live] = await hesitate({ anonymous_id: 'streamed-1' });
    const [seen] = await stream.next(1);
    expect(seen).toMatchObject({ id: live?.id, event: 'trigger', data: live });
    await stream.close();

    const missed = [
      ...(await hesitate({ anonymous_id: 'streamed-2' })),
      ...(await hesitate({ anonymous_id: 'streamed-3' }, { consent })),
    ];
    const resumed = await StreamReader.open(api, TRIGGERS, seen?.id);
    const [after] = await hesitate({ anonymous_id: 'streamed-4' });
    const messages = await resumed.next(3);
    expect(messages.map(({ data }) => data)).toEqual([...missed, after]);
    await resumed.close();
  });

  it('says when it no longer knows where a client left', async () => {
    const stream = await StreamReader.open(api, TRIGGERS, 'long-ago');
    expect(await stream.next(1)).toMatchObject([{ event: 'gap' }]);
    await stream.close();
  });
});

describe('who is who', () => {
  it('a visitor who signs in brings the past along, and the old id answers for both', async () => {
    await api.apply([view({ anonymous_id: 'walk-in' }), view({ anonymous_id: 'walk-in' })]);
    const guest = await api.profile('anonymous_id:walk-in');
    await api.apply([order({ user_id: 'ann' }, '10.00'), view({ user_id: 'ann' })]);
    const identify = {
      id: 'sign-in',
      type: 'profile_identified',
      identifiers: { user_id: 'ann', anonymous_id: 'walk-in' },
    };
    await api.apply(identify);
    const ann = await api.profile('user_id:ann');
    expect(ann.identifiers).toEqual({ user_id: ['ann'], anonymous_id: ['walk-in'] });
    expect([ann.features.views_1h?.value, ann.features.orders_lifetime?.value]).toEqual([3, 1]);
    expect((await api.profile(guest.profile_id)).profile_id).toBe(ann.profile_id);
    expect((await api.profile('anonymous_id:walk-in')).profile_id).toBe(ann.profile_id);
    await api.settled();
    const merges = await api.sql(`SELECT winner FROM merges WHERE loser = '${guest.profile_id}'`);
    expect(merges).toEqual([{ winner: ann.profile_id }]);
    const { body } = await api.get('/v1/profiles/user_id:ann/events');
    expect(body.events).toHaveLength(5);
    const listed: string[] = [];
    for await (const profile of api.profiles('identifiers')) listed.push(profile.profile_id);
    expect(listed).toContain(ann.profile_id);
    expect(listed).not.toContain(guest.profile_id);
  });

  it('a public key cannot join two known people', async () => {
    await api.apply({
      id: 'k1',
      type: 'signed_up',
      identifiers: { user_id: 'known-1', phone: '13911112222' },
    });
    await api.apply({
      id: 'k2',
      type: 'signed_up',
      identifiers: { user_id: 'known-2', email: 'two@example.com' },
    });
    const claims = {
      user_id: 'known-1',
      phone: '13911112222',
      email: 'two@example.com',
      anonymous_id: 'forger',
    };
    const event = { id: 'k3', type: 'profile_identified', identifiers: claims };
    const { status } = await api.post('/v1/events?wait=applied', event, { key: 'write' });
    expect(status).toBe(200);
    const [one, two] = [await api.profile('user_id:known-1'), await api.profile('user_id:known-2')];
    expect(one.profile_id).not.toBe(two.profile_id);
    expect(two.identifiers).toEqual({ user_id: ['known-2'], email: ['two@example.com'] });
    expect(one.identifiers.email).toBeUndefined();
  });

  it('a public key can sign a new customer up, and the till finds them', async () => {
    const claims = { anonymous_id: 'newcomer', phone: '139 3333 4444', email: ' New@Example.com ' };
    const event = { id: 'n1', type: 'profile_identified', identifiers: claims };
    expect((await api.post('/v1/events?wait=applied', event, { key: 'write' })).status).toBe(200);
    await api.apply(order({ phone: '+8613933334444' }, '20.00'));
    const profile = await api.profile('anonymous_id:newcomer');
    expect(profile.identifiers).toMatchObject({ phone: ['+8613933334444'], email: ['new@example.com'] });
    expect(profile.features.orders_lifetime?.value).toBe(1);
  });

  it('a public key reads nothing', async () => {
    const paths = ['/v1/profiles', '/v1/profiles/user_id:ann', '/v1/quarantine', '/v1/sql?query=SELECT%201'];
    for (const path of [...paths, '/v1/stream/triggers', '/v1/state/digest', '/metrics']) {
      expect((await api.get(path, { key: 'write' })).status, path).toBe(403);
      expect((await api.get(path, { key: 'none' })).status, path).toBe(401);
    }
    const including = await api.post(
      '/v1/events?wait=applied&include=profile',
      view({ anonymous_id: 'walk-in' }),
      {
        key: 'write',
      },
    );
    expect(including).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('blocked values identify nobody', async () => {
    await api.apply([view({ user_id: 'null' }), view({ user_id: 'null' }), view({ phone: '13800138000' })]);
    expect((await api.get('/v1/profiles/user_id:null')).status).toBe(404);
    expect(await viewsOf('unattributed')).toBe(3);
  });
});

describe('calls as Segment libraries make them', () => {
  const basic = (): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${api.writeKey}:`).toString('base64')}`,
  });

  it('takes a batch with the key as the user of Basic, as the Node library sends it', async () => {
    const batch = [
      { type: 'identify', messageId: 's1', userId: 'seg-1', anonymousId: 'seg-a', traits: { plan: 'gold' } },
      {
        type: 'track',
        messageId: 's2',
        userId: 'seg-1',
        event: 'Product Viewed',
        properties: { product_id: 'p1' },
      },
      { type: 'page', messageId: 's3', anonymousId: 'seg-a', name: 'Home', properties: {} },
    ];
    const body = { batch, sentAt: new Date(Date.now()).toISOString(), writeKey: api.writeKey };
    const answer = await api.post('/v1/batch', body, { key: 'none', headers: basic() });
    expect(answer).toMatchObject({ status: 200, body: { success: true } });
    await api.settled();
    const profile = await api.profile('user_id:seg-1');
    expect(profile.traits).toEqual({ plan: 'gold' });
    expect(profile.identifiers.anonymous_id).toEqual(['seg-a']);
    expect(profile.features.views_1h?.value).toBe(1);
  });

  it('takes text/plain with the key in the body, as browsers send it without a preflight', async () => {
    const call = {
      event: 'Product Viewed',
      anonymousId: 'seg-b',
      userId: null,
      messageId: 'b1',
      properties: { product_id: 'p2' },
      writeKey: api.writeKey,
    };
    const headers = { 'content-type': 'text/plain' };
    expect((await api.post('/v1/t', call, { key: 'none', headers })).status).toBe(200);
    expect((await api.post('/v1/t', { ...call, writeKey: 'wk_no' }, { key: 'none', headers })).status).toBe(
      401,
    );
    await api.settled();
    expect(await viewsOf('anonymous_id:seg-b')).toBe(1);
  });
});
