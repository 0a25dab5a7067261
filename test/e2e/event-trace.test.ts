import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';
import { StreamReader } from './support/stream-reader.ts';

/** What became of one event, from its request to history: on a real engine, before and after a restart. */
const place = new EnginePlace();
let api: EngineApi;
let engine: EngineProcess;
async function start(): Promise<void> {
  ({ api, process: engine } = await place.start());
}
beforeAll(async () => {
  await start();
  const trigger = { purpose: 'service', on: { event: 'product_viewed' }, action: { channel: 'none' } };
  await api.send('PUT', '/v1/definitions/triggers/every_look', JSON.stringify(trigger));
});
afterAll(() => place.remove());

const PHONE = '13812345678';
const view = (id: string, identifiers: JsonObject): JsonObject => ({
  ...{ id, type: 'product_viewed', identifiers },
  properties: { item_id: 'spu-1', category: 'women/dresses' },
  context: { store: 'SH-001' },
});
// biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON of answers, and expect() checks it.
type Trace = any;
const traces = async (id: string, query = ''): Promise<readonly Trace[]> =>
  (await api.get(`/v1/events/${id}/trace${query}`)).body.traces;

describe('the trace of an event', () => {
  it('tells whose it is and why, what it touched, what was decided, and when it was where', async () => {
    await api.apply(view('t-1', { anonymous_id: 'a-trace' }));
    await api.apply(view('t-2', { anonymous_id: 'a-trace', phone: PHONE }));
    await api.settled();
    const [trace] = await traces('t-2');
    expect(trace).toMatchObject({
      source: 'server',
      type: 'product_viewed',
      status: 'applied',
      store: 'SH-001',
      history: { present: true },
      known: { times: 'measured' },
      identity: { identifiers: expect.arrayContaining([expect.objectContaining({ type: 'phone' })]) },
    });
    const profile = await api.profile(`phone:${PHONE}`);
    const { identity, triggers, times } = trace;
    expect(identity.profile_id).toBe(profile.profile_id);
    expect(identity.changes.map(({ change }: JsonObject) => change)).toContain('linked');
    const features = Object.fromEntries(
      trace.features.map(({ feature, value }: JsonObject) => [feature, value]),
    );
    expect(features).toMatchObject({ views_1h: 2 });
    expect(features).not.toHaveProperty('orders_lifetime');
    expect(triggers.decisions).toMatchObject([{ trigger: 'every_look', decision: 'fired', event_id: 't-2' }]);
    expect(triggers.looked).toContain('plus_size_hesitation');
    const course = [times.received, times.appended, times.applied, times.in_history];
    expect(course).toEqual([...course].sort((a, b) => a - b));
  });

  it('shows identifiers in clear to keys with pii only, and says so in the audit log', async () => {
    const { body: made } = await api.post('/v1/keys', { name: 'looks', kind: 'secret', scopes: ['read'] });
    const headers = { authorization: `Bearer ${made.key}` };
    const masked = await (await fetch(`${api.address}/v1/events/t-2/trace`, { headers })).text();
    expect(masked).not.toContain(PHONE);
    expect(JSON.stringify(await traces('t-2'))).toContain(PHONE);
    const audit = await api.get('/v1/audit?action=personal_data_read&limit=10');
    expect(audit.text).toContain('GET /v1/events/:event_id/trace');
  });

  it('has a repeat as a receipt of its own, and one that is not valid with its place in quarantine', async () => {
    await api.apply(view('t-1', { anonymous_id: 'a-trace' }));
    expect((await traces('t-1')).map(({ status }) => status)).toEqual(['duplicate', 'applied']);
    expect(await traces('t-1', '?source=nobody')).toBeUndefined();
    const bad = { ...view('t-3', { anonymous_id: 'a-trace' }), properties: { item_id: 'i', price: 'cheap' } };
    const { body } = await api.apply(bad);
    const [{ quarantine_id: kept }] = body.rejected;
    await api.settled();
    const [trace] = await traces(kept);
    expect(trace).toMatchObject({
      status: 'quarantined',
      type: 'product_viewed',
      quarantine: { id: kept, path: '/properties/price' },
      history: { present: true },
    });
    expect(trace).not.toHaveProperty('identity');
    expect(trace.event_id).toBe('t-3');
    // Its sender knows it by another name, which leads to the same.
    expect(await traces('t-3')).toEqual([trace]);
    expect((await api.get('/v1/quarantine?limit=1')).body.quarantined).toMatchObject([
      { id: kept, event_id: 't-3' },
    ]);
  });

  it('does not keep in the clear what a sender calls an event after a person', async () => {
    const bad = { ...view(PHONE, { anonymous_id: 'a-trace' }), time: 'never' };
    await api.apply(bad);
    await api.settled();
    expect((await api.get('/v1/quarantine?limit=1')).body.quarantined[0]).not.toHaveProperty('event_id');
    expect(await traces(PHONE)).toBeUndefined();
  });

  it('of an event that was refused in the answer is on the stream, and known to the process', async () => {
    const stream = await StreamReader.open(api, '/v1/stream/events?status=rejected');
    const person = { anonymous_id: 'a-trace' };
    const large = { ...view('t-5', person), pad: 'x'.repeat(limits.eventBytesMax) };
    const face = view('t-4', { ...person, face_id: 'AAAA' });
    await api.apply([large, face, view('t-6', person)]);
    expect((await api.post('/v1/events', '{"type": ')).status).toBe(400);
    const told: Trace[] = [];
    while (told.length < 3)
      told.push(...(await stream.next(1)).flatMap(({ event, data }) => (event === 'event' ? [data] : [])));
    await stream.close();
    // A body, or an event, that is not read has no id that anybody knows.
    expect(told).toMatchObject([
      { status: 'rejected', code: 'event_too_large', event_id: '', source: 'server' },
      { status: 'rejected', code: 'biometric_refused', event_id: 't-4', source: 'server' },
      { status: 'rejected', code: 'unreadable_body', event_id: '', source: 'server' },
    ]);
    expect(await traces('t-4')).toMatchObject([
      { status: 'rejected', code: 'biometric_refused', history: { present: false } },
    ]);
  });

  it('is nothing any more once its person was erased, whatever the memory of the process holds', async () => {
    await api.apply(view('t-gone', { user_id: 'u-gone' }));
    await api.settled();
    expect(await traces('t-gone')).toHaveLength(1);
    const { body } = await api.post('/v1/privacy/erasures', { identifier: 'user_id:u-gone' });
    const done = async () => (await api.get(`/v1/privacy/erasures/${body.id}`)).body.status === 'done';
    await expect.poll(done, { timeout: 60_000 }).toBe(true);
    expect(await api.get('/v1/events/t-gone/trace')).toMatchObject({ status: 404 });
  });

  it('is told from storage after a restart, and says so', async () => {
    await engine.stop();
    await start();
    expect(await traces('t-2')).toMatchObject([
      { status: 'applied', times: { applied: null, in_history: null }, known: { times: 'stored' } },
    ]);
    expect((await traces('t-1')).map(({ status }) => status)).toEqual(['applied']);
    for (const id of ['t-4', 'nobody-sent-this'])
      expect(await api.get(`/v1/events/${id}/trace`)).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
  });
});
