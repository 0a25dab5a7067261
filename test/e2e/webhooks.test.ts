import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { HookServer, SECRET } from '../support/delivery-rig.ts';
import { type Answer, EngineApi } from './support/engine-api.ts';
import { storageSettings, testedOn } from './support/engine-storage.ts';
import { StreamReader } from './support/stream-reader.ts';
import { waitUntil } from './support/wait-until.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 77).toString('base64')}`;

describe('messages, coupons and webhooks over HTTP', () => {
  const hooks = new HookServer();
  let url: string;
  let directory: TemporaryDirectory;
  let engine: Engine;
  let api: EngineApi;

  beforeAll(async () => {
    url = await hooks.start();
    directory = createTemporaryDirectory();
    const flags = { dataDir: directory.path, port: '0', logLevel: 'silent' };
    const env = {
      ...storageSettings(directory.path),
      TESSERA_SECRET_KEY: SECRET_KEY,
      TESSERA_WEBHOOKS_ALLOW: '127.0.0.1/32',
      TESSERA_WEBHOOKS_HTTP: '1',
    };
    engine = await openEngine(loadConfig({ env, flags, readFile: (path) => readFileSync(path) }), 'test');
    api = new EngineApi({ address: await engine.listen(), write_key: '', secret_key: SECRET_KEY });
  }, 60_000);
  afterAll(async () => {
    await engine.stop();
    await hooks.stop();
    directory.remove();
  });
  beforeEach(() => {
    hooks.received.length = 0;
    hooks.answer = () => ({ status: 204 });
  });

  const define = (kind: string, name: string, body: JsonObject): Promise<Answer> =>
    api.send('PUT', `/v1/definitions/${kind}/${name}`, JSON.stringify(body));
  const inForce = async (kind: string, name: string, body: JsonObject): Promise<Answer> => {
    const answer = await define(kind, name, body);
    expect(answer.text).toContain(`"name":"${name}"`);
    return answer;
  };
  const trigger = (event: string, action: JsonObject): JsonObject => ({
    purpose: 'service',
    on: { event },
    action,
  });
  const happen = async (id: string, type: string, properties: JsonObject = {}): Promise<Answer> =>
    await api.apply([{ id, type, identifiers: { user_id: 'U-1', phone: '+8613912345678' }, properties }]);
  const drained = (): Promise<void> =>
    waitUntil('nothing waits for the webhook', async () => {
      const { body } = await api.get('/v1/webhooks/crm');
      return body.waiting === 0;
    });

  it.each([
    ['http://169.254.169.254/latest', 'no public address'],
    ['https://[::ffff:10.0.0.1]/', 'no public address'],
    ['http://167772161/', 'no public address'],
    ['http://012.0.0.1/', 'no public address'],
    ['http://0xa.1/', 'no public address'],
    ['ftp://example.com/', 'must begin with'],
    ['https://user@example.com/', 'user or a password'],
  ])('refuses a webhook to %s with its reason', async (address, why) => {
    const answer = await define('webhooks', 'bad', { url: address, secret: SECRET });
    expect([answer.status, answer.body.code]).toEqual([400, 'webhook_refused']);
    expect(answer.body.detail).toContain(why);
    expect((await api.get('/v1/webhooks/bad')).status).toBe(404);
  });

  it('refuses templates, secrets and actions that name what is not there, with the place', async () => {
    const place = ({ status, body }: Answer) => [status, body.code, body.errors?.[0]?.path];
    const text = (body: string) => ({ default_locale: 'en', locales: { en: { body } } });
    expect(place(await define('templates', 'a', text('{{ features.nobody }}')))).toEqual([
      400,
      'invalid_definition',
      '/locales/en/body',
    ]);
    expect(place(await define('templates', 'a', { default_locale: 'en', locales: {} }))[2]).toBe('/locales');
    expect(place(await define('webhooks', 'a', { url, secret: 'short' }))[2]).toBe('/secret');
    expect(place(await define('webhooks', 'a', { url }))[2]).toBe('/secret');
    expect(place(await define('webhooks', 'a', { url, secret: SECRET, headers: { Host: 'x' } }))[2]).toBe(
      '/headers/Host',
    );
    expect(place(await define('triggers', 'a', trigger('x', { channel: 'none', to: ['nobody'] })))[2]).toBe(
      '/action/to/0',
    );
    expect(
      place(await define('triggers', 'a', trigger('x', { channel: 'none', coupon: { pool: 'nobody' } })))[2],
    ).toBe('/action/coupon/pool');
    expect(
      place(await define('coupons', 'a', { bands: [{ feature: 'nobody', gte: 1, pool: 'a' }] }))[2],
    ).toBe('/bands/0/feature');
  });

  it('keeps secrets to itself, and signs with both while they are exchanged', async () => {
    const written = { url: `${url}/crm`, secret: SECRET, headers: { Authorization: 'Bearer hidden-value' } };
    const put = await inForce('webhooks', 'crm', written);
    expect(put.body).toMatchObject({
      secret: '***',
      headers: { authorization: '***' },
      decisions: ['fired'],
    });
    await inForce('triggers', 'told', trigger('told_of', { channel: 'none' }));
    const odd = await inForce(
      'triggers',
      'odd',
      trigger('odd_one', { channel: 'none', template: 'of_the_crm' }),
    );
    expect(odd.body.warnings).toEqual([expect.stringContaining('"of_the_crm"')]);
    // An answer can be edited and sent back: what is hidden stays.
    const { body: shown } = await api.get('/v1/definitions/webhooks/crm');
    await inForce('webhooks', 'crm', { ...shown, description: 'the CRM', identifiers: ['phone'] });
    await inForce('webhooks', 'crm', { ...shown, secret: OTHER_SECRET, identifiers: ['phone'] });
    const dry = await api.send(
      'PUT',
      '/v1/definitions/webhooks/crm?dry_run=1',
      JSON.stringify({ url, secret: SECRET }),
    );
    for (const path of [
      '/v1/definitions/webhooks',
      '/v1/definitions/webhooks/crm',
      '/v1/webhooks',
      '/v1/webhooks/crm',
    ])
      expect((await api.get(path)).text).not.toMatch(/hidden-value|whsec_|v1\.i\d/);
    expect(dry.text).not.toMatch(/whsec_|v1\.i\d/);

    const answer = await happen('t-1', 'told_of');
    await drained();
    const [received] = hooks.received;
    const headers: Readonly<Record<string, unknown>> = received?.headers ?? {};
    const body = received?.body ?? '';
    expect(headers.authorization).toBe('Bearer hidden-value');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const signatures = [OTHER_SECRET, SECRET].map((secret) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    });
    expect(headers['webhook-signature']).toBe(signatures.join(' '));
    const [firing] = answer.body.results[0].triggers;
    expect(JSON.parse(body)).toEqual({
      type: 'trigger.fired',
      timestamp: new Date(firing.at).toISOString(),
      data: firing,
      identifiers: { phone: ['+8613912345678'] },
    });
    // Nothing of it lies open on the disk either.
    for (const file of filesIn(directory.path)) {
      const bytes = readFileSync(file).toString('latin1');
      expect(bytes.includes('hidden-value') || bytes.includes(SECRET) || bytes.includes(OTHER_SECRET)).toBe(
        false,
      );
    }
  });

  it('draws a coupon into the message: in the answer, on the stream, at the webhook and in the profile', async () => {
    await inForce('templates', 'gift', {
      default_locale: 'en',
      locales: { en: { body: 'Take {{ coupon.code }}' }, zh: { body: '请用 {{ coupon.code }}' } },
    });
    const put = await api.send('PUT', '/v1/coupons/gifts', JSON.stringify({ valid: '7d' }));
    expect(put.body).toMatchObject({
      name: 'gifts',
      on_refund: 'return',
      codes: { added: 0, drawn: 0, left: 0 },
    });
    const json = await api.post('/v1/coupons/gifts/codes', { codes: ['G-1', 'G-2'] });
    expect(json.body).toEqual({ pool: 'gifts', added: 2, known: 0, refused: 0, left: 2 });
    const text = await api.post('/v1/coupons/gifts/codes', 'G-2\nG-3\r\n\n');
    expect(text.body).toEqual({ pool: 'gifts', added: 1, known: 1, refused: 0, left: 3 });
    expect((await api.post('/v1/coupons/gifts/codes', { codes: ['with space'] })).status).toBe(400);
    expect((await api.post('/v1/coupons/nobody/codes', { codes: ['X'] })).status).toBe(404);

    const stream = await StreamReader.open(api, '/v1/stream/triggers');
    await inForce(
      'triggers',
      'gift',
      trigger('gift_due', { channel: 'none', template: 'gift', coupon: { pool: 'gifts' } }),
    );
    await api.apply([
      { id: 'l-1', type: 'profile_identified', identifiers: { user_id: 'U-1' }, traits: { locale: 'zh-CN' } },
    ]);
    const answer = await happen('g-1', 'gift_due');
    const [answered] = answer.body.results[0].triggers;
    const [told] = await stream.next(1);
    const firing = told?.data;
    expect(firing.payload).toMatchObject({
      coupon: { status: 'drawn', pool: 'gifts', code: 'G-1' },
      message: { template: 'gift', locale: 'zh', body: '请用 G-1' },
    });
    // Where identity works elsewhere, the code is on its way when the answer leaves.
    const coupon = { status: 'drawing', pool: 'gifts' };
    const drawing = { ...firing, payload: { ...answered.payload, coupon } };
    expect(answered).toEqual(testedOn === 'embedded' ? firing : drawing);
    await waitUntil('it is there', async () => hooks.received.length > 0);
    expect(JSON.parse(hooks.received.at(-1)?.body ?? '{}').data).toEqual(firing);
    await stream.close();
    const profile = await api.profile('user_id:U-1');
    expect(profile.coupons).toMatchObject([
      { code: 'G-1', pool: 'gifts', status: 'held', firing_id: firing.id },
    ]);
    await happen('r-1', 'coupon_redeemed', { coupon_id: 'G-1', order_id: 'O-77' });
    expect((await api.profile('user_id:U-1')).coupons).toMatchObject([
      { code: 'G-1', status: 'used', order_id: 'O-77' },
    ]);
    expect((await api.get('/v1/coupons/gifts')).body.codes).toEqual({ added: 3, drawn: 1, left: 2 });
  });

  it('does not let go of what is in use', async () => {
    for (const [kind, name] of [
      ['templates', 'gift'],
      ['coupons', 'gifts'],
    ]) {
      const answer = await api.send('DELETE', `/v1/definitions/${kind}/${name}`);
      expect([answer.status, answer.body.code]).toEqual([409, 'definition_in_use']);
      expect(answer.body.detail).toContain('the trigger "gift"');
    }
    await inForce('triggers', 'told', trigger('told_of', { channel: 'none', to: ['crm'] }));
    expect((await api.send('DELETE', '/v1/definitions/webhooks/crm')).status).toBe(409);
    await inForce('triggers', 'told', trigger('told_of', { channel: 'none' }));
  });

  it('gives up for an endpoint that has gone, shows it, and brings it again when asked', async () => {
    hooks.answer = () => ({ status: 410 });
    const answer = await happen('t-2', 'told_of');
    const [firing] = answer.body.results[0].triggers;
    await drained();
    expect((await api.get('/v1/webhooks/crm')).body).toMatchObject({
      state: 'gone',
      dead: 1,
      last_attempt: { status: 410, failure: 'gone' },
    });
    const { body: page } = await api.get('/v1/webhooks/crm/dead?limit=1');
    expect(page.dead).toMatchObject([
      { id: firing.id, trigger: 'told', reason: 'gone', status: 410, attempts: 1 },
    ]);
    const { body: rest } = await api.get(
      `/v1/webhooks/crm/dead?limit=1&after=${encodeURIComponent(page.next)}`,
    );
    expect(rest).toEqual({ dead: [] });

    hooks.answer = () => ({ status: 200 });
    hooks.received.length = 0;
    await inForce('webhooks', 'crm', { url: `${url}/moved` });
    const replayed = await api.post('/v1/webhooks/crm/replays', { ids: [firing.id] });
    expect(replayed.body).toEqual({ replayed: 1, more: false });
    await drained();
    await waitUntil('it is there', async () => hooks.received.length === 1);
    expect(hooks.ids).toEqual([firing.id]);
    expect((await api.get('/v1/webhooks/crm')).body).toMatchObject({ state: 'closed', dead: 0 });
    expect((await api.post('/v1/webhooks/nobody/replays', {})).status).toBe(404);
    const rowsOf = () =>
      api.sql(
        `SELECT change, failure, status FROM deliveries WHERE delivery_id = '${firing.id}' ORDER BY at, seq`,
      );
    await waitUntil('history has all of it', async () => (await rowsOf()).length === 3);
    const rows = await rowsOf();
    expect(rows.map(({ change, failure, status }) => [change, failure, Number(status)])).toEqual([
      ['buried', 'gone', 410],
      ['replayed', '', 0],
      ['delivered', '', 200],
    ]);
  });
});

function filesIn(directory: string): readonly string[] {
  return (
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      // Parts of history come and go while they are read, and definitions are not in it.
      .filter((path) => !path.startsWith(join(directory, 'history')))
  );
}
