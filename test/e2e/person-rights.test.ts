import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { EngineApi } from './support/engine-api.ts';
import { waitUntil } from './support/wait-until.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const PHONE = '13977778888';
const REFERENCE = encodeURIComponent(`phone:${PHONE}`);

describe('the rights of people over HTTP', () => {
  let directory: TemporaryDirectory;
  let engine: Engine;
  let api: EngineApi;

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    const flags = { dataDir: directory.path, port: '0', logLevel: 'silent' };
    const env = { TESSERA_SECRET_KEY: SECRET_KEY };
    engine = await openEngine(loadConfig({ env, flags, readFile: (path) => readFileSync(path) }), 'test');
    api = new EngineApi({ address: await engine.listen(), write_key: '', secret_key: SECRET_KEY });
    const trigger = {
      purpose: 'service',
      on: { event: 'product_viewed' },
      action: { channel: 'none', template: 'x' },
    };
    const put = await api.send('PUT', '/v1/definitions/triggers/on_view', JSON.stringify(trigger));
    expect(put.status).toBe(200);
  }, 60_000);
  afterAll(async () => {
    await engine.stop();
    directory.remove();
  });

  const finished = async (id: string) => {
    await waitUntil(`job ${id}`, async () => (await api.get(`/v1/jobs/${id}`)).body.finished_at !== null);
    return (await api.get(`/v1/jobs/${id}`)).body;
  };
  const view = async (id: string, identifiers: object) =>
    (await api.apply([{ id, type: 'product_viewed', identifiers, properties: { item_id: 'i-1' } }])).body
      .results[0].triggers;

  it('restriction: triggers, recommendations and lists leave a person alone, until it is lifted', async () => {
    const mine = { phone: PHONE, user_id: 'u-1' };
    const consent = { personalization: true };
    await api.apply([
      { id: 's-1', type: 'signed_in', identifiers: mine, consent, traits: { name: '张小明' } },
    ]);
    expect(await view('v-1', mine)).toMatchObject([{ trigger: 'on_view', decision: 'fired' }]);
    const lists = async () =>
      (await api.get('/v1/segments/active_30d/profiles?limit=100')).body.members?.map(
        ({ profile_id }: { profile_id: string }) => profile_id,
      );
    const { profile_id: id } = await api.profile(`phone:${PHONE}`);
    await waitUntil('the list', async () => (await lists())?.includes(id) === true);

    const asked = { identifier: `phone:${PHONE}`, reason: 'by letter' };
    const restricted = await api.post('/v1/privacy/restrictions', asked);
    expect([restricted.status, restricted.body]).toEqual([
      200,
      { profile_id: id, restricted: true, since: expect.any(Number), reason: 'by letter', author: 'server' },
    ]);
    expect(await view('v-2', mine)).toMatchObject([{ decision: 'suppressed', reason: 'restricted' }]);
    expect((await api.get(`/v1/recommendations?profile=${id}&placement=home`)).body.personalized).not.toBe(
      true,
    );
    expect((await api.get(`/v1/profiles/${id}/brief?store=SH-001`)).body).toMatchObject({
      offer: [],
      avoid: expect.arrayContaining([expect.objectContaining({ code: 'restricted' })]),
    });
    expect(await lists()).not.toContain(id);
    // What they do is stored all the same.
    expect((await api.profile(`phone:${PHONE}`)).features.views_lifetime?.value).toBe(2);
    expect((await api.profile(`phone:${PHONE}`)).tags).toContain('restricted');

    // Nobody takes it off as a tag; and it stays with both when they are taken apart.
    const asTag = await api.send('DELETE', `/v1/profiles/${id}/tags/restricted`);
    expect(asTag.status).toBe(400);
    await api.post('/v1/identity/unmerges', { identifier: 'user_id:u-1' });
    expect((await api.get('/v1/privacy/restrictions/user_id:u-1')).body.restricted).toBe(true);
    expect((await api.get(`/v1/privacy/restrictions/${REFERENCE}`)).body.restricted).toBe(true);

    const lifted = await api.send('DELETE', `/v1/privacy/restrictions/${REFERENCE}?reason=withdrawn`);
    expect(lifted.body).toMatchObject({ restricted: false });
    expect(await view('v-3', { phone: PHONE })).toMatchObject([{ decision: 'fired' }]);
    expect(await view('v-4', { user_id: 'u-1' })).toMatchObject([{ reason: 'restricted' }]);
    const unknown = await api.post('/v1/privacy/restrictions', { identifier: 'phone:13900009999' });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'profile_not_found']);
    for (const body of [
      {},
      { identifier: 'x', profile_id: id },
      { profile_id: 'nobody' },
      { identifier: id },
    ])
      expect((await api.post('/v1/privacy/restrictions', body)).status).toBe(400);
  }, 60_000);

  it('export: everything in clear, read once, and noise on the disk', async () => {
    await api.apply([
      {
        id: 'o-1',
        type: 'order_completed',
        identifiers: { phone: PHONE },
        context: { associate_id: 'A-secret' },
        consent: { marketing: { sms: true } },
        properties: {
          order_id: 'o-1',
          total: 100,
          currency: 'CNY',
          products: [{ item_id: 'i-1', price: 100, quantity: 1 }],
          recipient: { name: '张小明', phone: PHONE, address: 'Huaihai Middle Road 998' },
        },
      },
      {
        id: 'other',
        type: 'product_viewed',
        identifiers: { phone: '13911112222' },
        properties: { item_id: 'i-2' },
      },
    ]);
    const wrongTotal = { type: 'order_completed', properties: { order_id: 'o-9', total: 'many' } };
    const quarantined = await api.post('/v1/events', [
      { ...wrongTotal, id: 'q-1', identifiers: { phone: `+86 ${PHONE}` }, traits: { name: '小明' } },
      { ...wrongTotal, id: 'q-2', identifiers: { phone: PHONE, user_id: 'u-1' }, traits: { name: 'Bea' } },
      { ...wrongTotal, id: 'q-3', identifiers: { phone: '13911112222' } },
    ]);
    expect(quarantined.body.rejected).toHaveLength(3);

    const { status, body } = await api.post('/v1/privacy/exports', { identifier: `phone:${PHONE}` });
    expect(status).toBe(202);
    const done = await finished(body.job.id);
    expect(done.status).toBe('done');
    // Whoever may look at jobs has no link.
    expect(JSON.stringify(done)).not.toContain('token=');
    const ready = (await api.get(`/v1/privacy/exports/${body.export.id}`)).body;
    expect(ready).toMatchObject({ status: 'ready', link: expect.stringContaining('token=') });
    const held = join(directory.path, 'exports');
    const [file = ''] = readdirSync(held);
    const bytes = readFileSync(join(held, file));
    for (const text of ['张小明', PHONE, 'tessera.export']) expect(bytes.includes(text)).toBe(false);

    const wrong = await api.get(`/v1/privacy/exports/${body.export.id}/file?token=${'A'.repeat(43)}`);
    expect([wrong.status, wrong.body.code]).toEqual([404, 'export_not_found']);
    expect((await api.get(ready.link, { key: 'none' })).status).toBe(401);
    const read = await api.get(ready.link);
    expect(read.status).toBe(200);
    expect(Buffer.byteLength(read.text)).toBe(ready.bytes);
    expect(read.body).toMatchObject({
      format: 'tessera.export',
      identifiers: [{ type: 'phone', value: `+86${PHONE}`, sources: expect.any(Array) }],
      traits: [{ name: 'name', value: '张小明', source: 'server', event_id: 's-1' }],
      consents: expect.arrayContaining([
        expect.objectContaining({ consent: 'marketing.sms', given: true, event_id: 'o-1' }),
      ]),
      loyalty: expect.any(Object),
    });
    const { events, features, decisions, points, segment_changes, consent_history } = read.body;
    const order = events.entries.find(({ id }: { id: string }) => id === 'o-1');
    expect(order).toMatchObject({
      identifiers: [{ type: 'phone', value: `+86${PHONE}` }],
      properties: { recipient: expect.stringContaining('Huaihai Middle Road 998') },
    });
    expect(features.find(({ name }: { name: string }) => name === 'views_lifetime').means).not.toBe('');
    expect(decisions.entries.map(({ decision }: { decision: string }) => decision)).toContain('fired');
    expect(decisions.entries[0].why).toMatchObject({ checks: expect.any(Array) });
    expect(points.entries.length).toBeGreaterThan(0);
    expect(segment_changes.entries.length).toBeGreaterThan(0);
    expect(consent_history.entries).toMatchObject([
      { name: 'personalization', given: true, event_id: 's-1' },
      { name: 'marketing.sms', given: true, event_id: 'o-1', source: 'server' },
    ]);
    const refused = { code: expect.any(String), path: '/properties/total', message: expect.any(String) };
    expect(
      new Map(read.body.quarantined.entries.map((each: { event: { id: string } }) => [each.event.id, each])),
    ).toEqual(
      new Map([
        [
          'q-1',
          expect.objectContaining({ refused, event: expect.objectContaining({ traits: { name: '小明' } }) }),
        ],
        // Whose name it holds nobody can tell.
        [
          'q-2',
          expect.objectContaining({
            refused,
            event: {
              id: 'q-2',
              type: 'order_completed',
              identifiers: { phone: PHONE },
              properties: { total: 'many' },
            },
          }),
        ],
      ]),
    );
    for (const others of ['A-secret', '13911112222', 'i-2', '$sealed', 'u-1', 'Bea'])
      expect(read.text).not.toContain(others);

    const again = await api.get(ready.link);
    expect([again.status, again.body.code]).toEqual([410, 'export_taken']);
    await waitUntil('the file is gone', async () => readdirSync(held).length === 0);
    const entries = (await api.get('/v1/audit?action=data_exported')).body.entries;
    expect(entries).toHaveLength(2);
  }, 60_000);

  it('retention: rules delete what is older from history, after a dry run has said how much', async () => {
    const old = new Date(Date.now() - 500 * DAY_MS).toISOString();
    await api.apply([
      {
        id: 'old-1',
        time: old,
        type: 'product_viewed',
        identifiers: { user_id: 'u-9' },
        properties: { item_id: 'i-9' },
      },
      {
        id: 'old-2',
        time: old,
        type: 'question_asked',
        identifiers: { user_id: 'u-9' },
        properties: { question: 'x' },
      },
    ]);
    const ticket = (id: string, type: string, user_id: string) => ({
      id,
      time: old,
      type,
      identifiers: { user_id },
      properties: { ticket_id: `t-${user_id}` },
    });
    await api.apply([
      ticket('t-1', 'ticket_opened', 'u-8'),
      ticket('t-2', 'ticket_opened', 'u-9'),
      ticket('t-3', 'ticket_closed', 'u-9'),
    ]);
    const rule = { purpose: 'personalization', days: 400, events: ['product_viewed'] };
    const put = (name: string, definition: object) =>
      api.send('PUT', `/v1/definitions/retention/${name}`, JSON.stringify(definition));
    expect((await put('browsing', rule)).body).toMatchObject({ name: 'browsing', days: 400 });
    expect((await put('nothing', { days: 3 })).body.code).toBe('invalid_definition');
    const dormant = { days: 1, dormant: { action: 'list', unless: { features: ['no_such_feature'] } } };
    expect((await put('dormant', dormant)).body.detail).toContain('no_such_feature');
    const listing = { days: 300, dormant: { action: 'list', unless: { segments: ['active_30d'] } } };
    expect((await put('dormant', listing)).status).toBe(200);

    const query = "SELECT countIf(event_id = 'old-1'), countIf(event_id = 'old-2') FROM events";
    const count = async () => (await api.post('/v1/sql', { query, format: 'TabSeparated' })).text;
    await waitUntil('history', async () => (await count()) === '1\t1\n');
    const run = async (dry: boolean) => {
      const { body } = await api.post('/v1/privacy/retention/runs', { dry_run: dry });
      return await finished(body.job.id);
    };
    const gone = { rule: 'browsing', table: 'events', types: ['product_viewed'], rows: 1 };
    const dry = await run(true);
    expect(dry).toMatchObject({ kind: 'retention_dry_run', status: 'done' });
    expect(dry.result).toMatchObject({ dry_run: true, rows: [gone] });
    // Whose case was never closed stays.
    expect(dry.result.dormant).toMatchObject({ profiles: 1, staying: { open_tickets: 1 } });
    expect(await count()).toBe('1\t1\n');
    expect((await run(false)).result).toMatchObject({ dry_run: false, rows: [gone] });
    expect(await count()).toBe('0\t1\n');
    expect((await run(true)).result.rows).toMatchObject([{ rows: 0 }]);
    expect((await api.get('/v1/privacy/retention')).body).toMatchObject({
      rules: [{ name: 'browsing' }, { name: 'dormant' }],
      last_run: { rows: [gone] },
    });
    // The state keeps what it has counted.
    expect((await api.profile('user_id:u-9')).features.views_lifetime?.value).toBe(1);

    // Whoever has gone quiet is written down, then erased.
    const { profile_id: quiet } = await api.profile('user_id:u-9');
    const letGo = { days: 300, dormant: { action: 'erase', unless: { segments: ['active_30d'] } } };
    expect((await put('dormant', letGo)).status).toBe(200);
    const { dormant: erased } = (await run(false)).result;
    expect(erased).toMatchObject({ profiles: 1, first: [quiet], erasures: [expect.any(String)] });
    const erasure = await api.get(`/v1/privacy/erasures/${erased.erasures[0]}`);
    expect(erasure.body).toMatchObject({ id: erased.erasures[0] });
    expect((await api.get(`/v1/profiles/${quiet}`)).status).toBe(404);
    const { link } = (await api.get(`/v1/privacy/exports/${erased.export}`)).body;
    const archive = await api.get(link);
    expect(archive.body).toMatchObject([{ profile_id: quiet, identifiers: [{ value: 'u-9' }] }]);
    expect((await run(true)).result.dormant).toMatchObject({ profiles: 0 });
  }, 120_000);
});
