import { describe, expect, it } from 'vitest';
import { sensors } from '../../../src/ingest/dialects/sensors/sensors.ts';
import { sensorsChecksum } from '../../../src/ingest/dialects/sensors/unwrap-sensors.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { type Outcome, openRecorded, type RecordedRequest, readRecorded } from './open-recorded.ts';

const recorded = readRecorded('sensors');

async function openAll(from: string): Promise<readonly Outcome[]> {
  const sent = recorded.filter((request) => request.from === from);
  return (await Promise.all(sent.map((request) => openRecorded(sensors, request)))).flat();
}

function eventOf(outcome: Outcome): JsonObject {
  if (!outcome.ok) throw new TypeError(`rejected: ${outcome.code}`);
  return outcome.event;
}

function asForm(text: string, ext = ''): RecordedRequest {
  const body = Buffer.from(`data=${text}${ext}`).toString('base64');
  return { from: 'test', method: 'POST', url: '/sa?project=wk_1', headers: {}, body };
}

async function decode(item: JsonObject): Promise<Outcome | undefined> {
  const text = encodeURIComponent(Buffer.from(JSON.stringify(item)).toString('base64'));
  return (await openRecorded(sensors, asForm(text)))[0];
}

describe('what sa-sdk-javascript sends', () => {
  it.each(['image', 'ajax', 'beacon', 'batch'])('is the same by %s', async (mode) => {
    const found = (await openAll(`sa-sdk-javascript ${mode}`)).map(eventOf);
    const byType = new Map(found.map((event) => [event.type, event]));
    expect(found.map(({ type }) => type).sort()).toEqual([
      'order_completed',
      'page_viewed',
      'product_viewed',
      ...Array(5).fill('profile_identified'),
    ]);
    const cookie = expect.stringMatching(/^[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-\d+-[0-9a-f]+$/);
    expect(byType.get('product_viewed')).toMatchObject({
      identifiers: { anonymous_id: cookie },
      properties: { product_id: 'spu-1', price: 399 },
      channel: 'web',
    });
    expect(byType.get('page_viewed')?.properties).toMatchObject({ title: 'Shop', path: `/sa-${mode}` });
    expect(byType.get('order_completed')).toMatchObject({
      identifiers: { anonymous_id: cookie, user_id: 'u-1', phone: '13900001111' },
      properties: { order_id: 'o-1', total: 399, currency: 'CNY' },
    });
    expect(found.filter(({ traits }) => traits !== undefined).map(({ traits }) => traits)).toEqual([
      { email: 'ann@example.com' },
    ]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  });

  it('keeps nobody’s id among the circumstances', async () => {
    for (const request of recorded) {
      for (const outcome of await openRecorded(sensors, request)) {
        if (outcome.ok)
          expect(JSON.stringify(outcome.event.context)).not.toMatch(/u-1"|13900001111|identity_/);
      }
    }
  });

  it('gives an event the same id when it is sent again later', async () => {
    const record = {
      type: 'track',
      event: 'x',
      distinct_id: 'u-1',
      time: 1795372793478,
      _track_id: 7,
      properties: {},
    };
    const [first, again, other] = await Promise.all([
      decode({ ...record, _flush_time: 1795372793500 }),
      decode({ ...record, _flush_time: 1795372799999 }),
      decode({ ...record, time: 1795372793479 }),
    ]);
    expect(eventOf(first!).id).toBe(eventOf(again!).id);
    expect(eventOf(first!).id).not.toBe(eventOf(other!).id);
  });
});

describe('what sa-sdk-node sends', () => {
  it('is gzip in a form, and of a record that is no event the reason', async () => {
    const found = await openAll('sa-sdk-node');
    expect(found.map((outcome) => (outcome.ok ? outcome.event.type : outcome.code))).toEqual([
      'page_viewed',
      'product_viewed',
      'profile_identified',
      'profile_identified',
      'profile_identified',
      'profile_incremented',
      'profile_appended',
      'profile_identified',
      'unknown_type',
      'order_completed',
    ]);
    const [page, , signUp, set, once] = found.filter(({ ok }) => ok).map(eventOf);
    expect(page?.identifiers).toEqual({ anonymous_id: '18c0-a1b2-3c4d-1296000-18c1' });
    expect(signUp?.identifiers).toEqual({ user_id: 'u-1', anonymous_id: '18c0-a1b2-3c4d-1296000-18c1' });
    expect(set).toMatchObject({ identifiers: { user_id: 'u-1' }, traits: { email: 'ann@example.com' } });
    expect(once?.properties).toEqual({ set_once: { first_store: 'SH-001' } });
  });

  it('takes attributes away', async () => {
    const found = await openAll('sa-sdk-node');
    const traits = found.flatMap((outcome) =>
      outcome.ok && outcome.event.traits ? [outcome.event.traits] : [],
    );
    expect(traits).toContainEqual({ old: null });
  });
});

describe('the form of a request', () => {
  it('is held against its checksum, as real ones fit theirs', async () => {
    const forms = recorded.filter(({ url, body }) => url.includes('ext=') || body !== undefined);
    expect(forms.length).toBeGreaterThan(20);
    const text = Buffer.from('{"type":"track"}').toString('base64');
    const good = asForm(
      encodeURIComponent(text),
      `&ext=${encodeURIComponent(`crc=${sensorsChecksum(text)}`)}`,
    );
    const bad = asForm(encodeURIComponent(text), '&ext=crc%3D1');
    await expect(openRecorded(sensors, good)).resolves.toHaveLength(1);
    await expect(openRecorded(sensors, bad)).rejects.toMatchObject({ code: 'unreadable_body' });
  });

  it('is Java’s hash of a string', () => {
    expect(sensorsChecksum('')).toBe(0);
    expect(sensorsChecksum('a')).toBe(97);
    // The classic pair of texts with one hash, and one whose hash is negative.
    expect(sensorsChecksum('Aa')).toBe(sensorsChecksum('BB'));
    expect(sensorsChecksum('polygenelubricants')).toBe(-2147483648);
  });

  it('may have its plus signs arrive as spaces', async () => {
    const text = Buffer.from(
      JSON.stringify({ type: 'track', event: 'x', properties: { text: '>>>???~~~' } }),
    ).toString('base64');
    expect(text).toContain('+');
    await expect(openRecorded(sensors, asForm(text))).resolves.toMatchObject([
      { event: { properties: { text: '>>>???~~~' } } },
    ]);
  });

  it('is refused without data, or where that is no base64', async () => {
    await expect(
      openRecorded(sensors, asForm('').body ? { ...asForm(''), body: '' } : asForm('')),
    ).rejects.toMatchObject({
      code: 'unreadable_body',
    });
    await expect(openRecorded(sensors, asForm('%25%25'))).rejects.toMatchObject({ code: 'unreadable_body' });
  });
});

describe('whom a record is about', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      'its identities',
      { identities: { $identity_email: 'a@b.example', $identity_idfv: 'D-1', member_id: 'm-1' } },
      { email: 'a@b.example', device_id: 'D-1', member_id: 'm-1' },
    ],
    [
      'a login',
      { distinct_id: 'u-1', login_id: 'u-1', anonymous_id: 'c-1' },
      { user_id: 'u-1', anonymous_id: 'c-1' },
    ],
    ['a visitor', { distinct_id: 'c-1', anonymous_id: 'c-1' }, { anonymous_id: 'c-1' }],
    [
      'what a server says of its id',
      { distinct_id: 'x', properties: { $is_login_id: false } },
      { anonymous_id: 'x' },
    ],
    [
      'a login under a key of the shop’s',
      { distinct_id: 'k+v', login_id: 'k+v', identities: { k: 'v' } },
      { k: 'v' },
    ],
    [
      'names that objects have by birth',
      { identities: { constructor: 'a', toString: 'b', $identity___proto__: 'c' } },
      JSON.parse('{"constructor":"a","toString":"b","__proto__":"c"}'),
    ],
  ])('is said by %s', async (_title, item, identifiers) => {
    expect(eventOf((await decode({ type: 'track', event: 'x', ...item }))!).identifiers).toEqual(identifiers);
  });
});

describe('what happened', () => {
  it.each([
    ['ViewProduct', 'product_viewed'],
    ['AddToShoppingCart', 'product_added'],
    ['SubmitOrder', 'order_placed'],
    ['PayOrder', 'order_completed'],
    ['PayOrderDetail', 'PayOrderDetail'],
    ['constructor', 'constructor'],
  ])('%s is %s', async (event, type) => {
    expect(eventOf((await decode({ type: 'track', event, properties: {} }))!).type).toBe(type);
  });

  it('has goods under the names of the taxonomy', async () => {
    const properties = {
      commodity_id: 'spu-1',
      present_price: 399,
      first_commodity: 'women',
      second_commodity: 'dresses',
      $url: 'https://x',
    };
    expect(eventOf((await decode({ type: 'track', event: 'ViewProduct', properties }))!).properties).toEqual({
      item_id: 'spu-1',
      price: 399,
      first_commodity: 'women',
      second_commodity: 'dresses',
      category: 'women/dresses',
    });
  });

  it.each([
    { commodity_id: 'c-1', commodity_spu_id: 'spu-1' },
    { commodity_spu_id: 'spu-1', commodity_id: 'c-1' },
  ])('takes the SPU for the item, in whatever order: %j', async (properties) => {
    const event = eventOf((await decode({ type: 'track', event: 'ViewProduct', properties }))!);
    expect(event.properties).toEqual({ item_id: 'spu-1', commodity_id: 'c-1' });
  });

  it.each(['item_set', 'profile_delete', 'track_id_unbind', 'constructor'])(
    'does not take %s',
    async (type) => {
      expect(await decode({ type, properties: {} })).toMatchObject({ ok: false, code: 'unknown_type' });
    },
  );

  it('takes times of imports as they are', async () => {
    const record = { type: 'track', event: 'x', time: 1600000000000, _flush_time: 1600000000001 };
    expect(await decode({ ...record, time_free: true })).not.toHaveProperty('sentAt');
    expect(await decode(record)).toHaveProperty('sentAt', 1600000000001);
  });
});
