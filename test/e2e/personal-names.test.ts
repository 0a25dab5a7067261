import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';
import { storageDirectories } from './support/engine-storage.ts';
import { StreamReader } from './support/stream-reader.ts';
import { waitUntil } from './support/wait-until.ts';

/*
 * What senders say of people under names of their own making: in traits, properties and context, at any depth, in addresses of pages and in names of fields.
 * A key that may read, and may not read personal data, finds none of it anywhere on the wire; one that may finds all of it.
 */
let made = 0;
const secrets: string[] = [];
/** A text that stands nowhere else. */
function secret(before = '', after = ''): string {
  made += 1;
  const text = `${before}Xq${String(made).padStart(3, '0')}qX${after}`;
  secrets.push(text);
  return text;
}
const mail = (): string => secret('', '@mail.example');

const TRAITS = {
  ...Object.fromEntries(
    'PHONE givenName familyName surname display_name username nickname wechat_name work_phone 姓名 手机 手机号 电话 身份证 地址'
      .split(' ')
      .map((name) => [name, secret()]),
  ),
  Email: mail(),
  'e-mail': mail(),
  contact_email: mail(),
  邮箱: mail(),
  company: { name: secret(), phone: secret(), email: mail(), employees: 70 },
  spouse: { name: secret(), Mobile: secret() },
  contacts: [{ email: mail(), kind: 'work' }, { phone: secret() }],
  favorite_color: 'teal-77',
};
const PROPERTIES = {
  customer: { first_name: secret(), phone: secret(), email: mail(), tier: 'gold-77' },
  buyer: { phone: secret() },
  contact: { email: mail(), name: secret() },
  shipping_address: { street: secret(), city: secret() },
  receiver: secret(),
  Email: mail(),
  contact_phone: secret(),
  consignee: secret(),
  id_card: secret(),
  passport: secret(),
  anything: mail(),
  guests: [{ name: secret() }, { name: secret() }],
  step: 'step-77',
};
const CONTEXT = {
  phone: secret(),
  email: mail(),
  name: secret(),
  traits: { name: secret(), city: 'city-77' },
  device: { name: 'device-77' },
  page: {
    title: 'title-77',
    url: `https://shop.example/p?a=url-77&email=${secret('', '%40mail.example')}`,
    search: `?phone=${secret()}&b=1`,
    referrer: `https://mail.example/u/${secret('', '@mail.example')}/inbox`,
  },
};
const PLAIN = ['teal-77', 'gold-77', 'step-77', 'city-77', 'device-77', 'title-77', 'url-77'];
const TOLD_OWN = secret();
const CLEARED = 'display-cleared-77';
const MEMBER = 'user_id:u-names-1';

const place = new EnginePlace();
let api: EngineApi;
let engine: EngineProcess;
let reader: { key: 'none'; headers: { authorization: string } };

function start(): Promise<{ api: EngineApi; process: EngineProcess }> {
  const file = place.file('tessera.yaml');
  writeFileSync(
    file,
    'personal_fields:\n  properties: { seal: { engraving: name }, clear: [display_contact_phone] }\n',
  );
  return place.start({ logLevel: 'trace', settings: { TESSERA_CONFIG: file } });
}

const MARK = /Xq\d{3}qX/;
function expectNothing(where: string, content: Buffer | string): void {
  const text = typeof content === 'string' ? content : content.toString('latin1');
  expect(MARK.exec(text)?.[0], where).toBeUndefined();
}

beforeAll(async () => {
  ({ api, process: engine } = await start());
  const { body } = await api.post('/v1/keys', { name: 'reads', kind: 'secret', scopes: ['read', 'admin'] });
  reader = { key: 'none', headers: { authorization: `Bearer ${body.key}` } };
  const trigger = {
    purpose: 'service',
    on: { event: 'fitting_asked' },
    limit: { quiet_hours: false },
    action: {
      channel: 'none',
      data: {
        customer: { event: 'properties.customer' },
        phone: { event: 'properties.customer.phone' },
        guests: { event: 'properties.guests' },
        mail: { event: 'properties.Email' },
        page: { event: 'context.page' },
        who: { event: 'traits.company' },
        engraved: { event: 'properties.engraving' },
      },
    },
  };
  const put = await api.send('PUT', '/v1/definitions/triggers/tells', JSON.stringify(trigger));
  expect(put.status, put.text).toBe(200);
  const identifiers = { user_id: 'u-names-1' };
  const stream = await StreamReader.open(api, '/v1/stream/events');
  const answer = await api.apply({
    ...{ id: 'n-1', type: 'fitting_asked', identifiers, traits: TRAITS, context: CONTEXT },
    properties: { ...PROPERTIES, engraving: TOLD_OWN, display_contact_phone: CLEARED },
  });
  expectNothing('the answer to an event', answer.text);
  const call = {
    messageId: 'n-2',
    ...{ userId: 'u-names-2', traits: { 'E-Mail': 'ann.names@mail.example', Surname: secret() } },
    context: { page: { url: `https://shop.example/?givenName=${secret()}` } },
  };
  expect((await api.post('/v1/identify', call, { key: 'write' })).status).toBe(200);
  // Somebody's address where the name of a purpose, or of a field, belongs.
  for (const consent of [{ [mail()]: 'yes' }, { [`${secret()} Lee`]: 'yes' }, { 13900001111: 'yes' }]) {
    const refused = await api.post('/v1/events', {
      ...{ id: `n-bad-${made}`, type: 'page_viewed', identifiers, consent, traits: TRAITS },
      properties: { contactPhone: secret(), mobile: 4711 },
    });
    expect(refused.body.rejected).toMatchObject([{ code: 'schema_violation', path: '/consent/*' }]);
    expectNothing('the answer to what is refused', refused.text);
  }
  const told = await stream.next(5);
  await stream.close();
  expectNothing('the stream', JSON.stringify(told));
  await api.settled();
}, 90_000);
afterAll(() => place.remove());

it('is on the wire nowhere for a key without the scope for it', async () => {
  const person = encodeURIComponent(MEMBER);
  for (const path of [
    '/v1/profiles?limit=10',
    `/v1/profiles/${person}`,
    `/v1/profiles/${person}/events`,
    `/v1/profiles/${person}/triggers`,
    `/v1/profiles/${person}/identity`,
    `/v1/profiles/${person}/explain?trigger=tells`,
    '/v1/events/n-1/trace',
    '/v1/quarantine',
    '/v1/quarantine/counts?by=path',
    '/v1/audit?limit=1000',
  ]) {
    const answer = await api.get(path, reader);
    expect([path, answer.status === 200 || answer.status === 404]).toEqual([path, true]);
    expectNothing(path, answer.text);
  }
  const { body } = await api.get('/v1/quarantine', reader);
  for (const { id } of body.events ?? body.quarantined ?? body.rows ?? []) {
    const kept = await api.get(`/v1/quarantine/${id}`, reader);
    expect(kept.status).toBe(200);
    expectNothing('what quarantine keeps', kept.text);
    expect(kept.text).not.toContain('4711');
  }
  const { body: profile } = await api.get(`/v1/profiles/${person}`, reader);
  expect(profile.traits).toMatchObject({
    ...{ favorite_color: 'teal-77', surname: 'X*', PHONE: expect.stringContaining('*') },
    company: { name: 'X*', email: 'X***@mail.example', employees: 70 },
    contacts: [{ email: 'X***@mail.example', kind: 'work' }, { phone: expect.stringContaining('*') }],
  });
});

it('is in no decision and no row of history, while everything else is', async () => {
  const [decision] = (await api.get(`/v1/profiles/${encodeURIComponent(MEMBER)}/triggers`)).body.decisions;
  expect(decision.payload.data).toEqual({
    customer: { tier: 'gold-77' },
    guests: [{}, {}],
    page: {
      title: 'title-77',
      url: 'https://shop.example/p?a=url-77&email=',
      search: '?phone=&b=1',
      referrer: 'https://mail.example/u/*/inbox',
    },
    who: { employees: 70 },
  });
  for (const table of [
    'events',
    'decisions',
    'quarantine',
    'profile_snapshots',
    'identity_changes',
    'audit',
  ]) {
    const text = JSON.stringify(await api.sql(`SELECT * FROM ${table}`));
    expectNothing(`the table ${table}`, text);
    if (table === 'events') for (const plain of [...PLAIN, CLEARED]) expect(text).toContain(plain);
  }
});

it('is all there for whoever may read it, and in the export of its person', async () => {
  const { traits } = await api.profile(MEMBER);
  // The number of a document is kept, and not shown while no purpose is declared for it.
  expect(traits).toEqual(TRAITS);
  const asked = await api.post('/v1/privacy/exports', { identifier: MEMBER });
  const path = `/v1/privacy/exports/${asked.body.export.id}`;
  await waitUntil('the export is ready', async () => (await api.get(path)).body.status === 'ready');
  const { link } = (await api.get(path)).body;
  const file = (await api.get(link)).body;
  const event = file.events.entries.find(({ id }: { id: string }) => id === 'n-1');
  expect(event.traits).toEqual(TRAITS);
  const { shipping_address, ...rest } = event.properties;
  expect(rest).toEqual({
    ...PROPERTIES,
    ...{ engraving: TOLD_OWN, display_contact_phone: CLEARED, shipping_address: undefined },
  });
  expect(JSON.parse(shipping_address)).toEqual(PROPERTIES.shipping_address);
  expect(event.context).toMatchObject({ phone: CONTEXT.phone, name: CONTEXT.name, traits: CONTEXT.traits });
});

it('identifies under the name of an identifier, however a library spells it', async () => {
  const { traits } = await api.profile('email:ann.names@mail.example');
  expect(traits).toMatchObject({ email: 'ann.names@mail.example', Surname: expect.stringMatching(MARK) });
});

it('stands in no line that the process wrote, and in no file', async () => {
  expectNothing('the output', engine.output);
  expect(await engine.stop()).toBe(0);
  const { log, state } = storageDirectories(place.dataDirectory);
  let controls = 0;
  for (const folder of new Set([place.dataDirectory, log, state])) {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      if (bytes.includes('teal-77')) controls += 1;
      expectNothing(entry.name, bytes);
    }
  }
  expect(controls).toBeGreaterThan(0);
});
