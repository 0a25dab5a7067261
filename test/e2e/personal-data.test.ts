import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';
import { storageDirectories } from './support/engine-storage.ts';

/** As people write them and as the engine stores them; none of it may be readable anywhere. */
const PERSONAL = [
  '13977778888',
  '139 7777 8888',
  'zhang.xiaoming@example.com',
  'Zhang.Xiaoming@Example.com',
  '张小明明',
  'Zhangxiaoming',
  'customer-77342158',
  '15866667777',
  'Huaihai Middle Road 998',
];
/** Not personal: where this is not found, looking for the others would show nothing. */
const CONTROL = 'spu-control-40417';

const place = new EnginePlace();
let api: EngineApi;
let engine: EngineProcess;
beforeAll(async () => {
  ({ api, process: engine } = await place.start({ logLevel: 'trace' }));
  await traffic();
  await api.settled();
});
afterAll(() => place.remove());

/** Everything a person may say about themselves, in good events and bad ones, by both dialects, and questions. */
async function traffic(): Promise<void> {
  const identifiers = {
    phone: '139 7777 8888',
    email: 'Zhang.Xiaoming@Example.com',
    user_id: 'customer-77342158',
  };
  const traits = { name: '张小明明', first_name: 'Zhangxiaoming', address: 'Huaihai Middle Road 998' };
  const recipient = { name: '张小明明', phone: '15866667777', address: 'Huaihai Middle Road 998' };
  const order = { order_id: 'o-1', total: '10.00', currency: 'CNY', recipient };
  await api.apply([
    { id: '1', type: 'profile_identified', identifiers, traits },
    { id: '2', type: 'product_viewed', identifiers, properties: { item_id: CONTROL } },
    { id: '3', type: 'order_completed', identifiers, properties: order },
  ]);
  const bad = {
    id: '4',
    type: 'order_completed',
    identifiers,
    traits,
    properties: { ...order, total: 'ten' },
  };
  const answer = await api.post('/v1/events', [bad, { identifiers, traits }]);
  expect(answer.body).toMatchObject({ accepted: 0, rejected: [{ index: 0 }, { index: 1 }] });
  expectNothingPersonal('the answer to a bad event', answer.text);
  await api.post('/v1/events', `{"phone":"13977778888", ${JSON.stringify(traits)}`);
  const call = { messageId: 's', userId: identifiers.user_id, traits: { ...traits, phone: '13977778888' } };
  await api.post('/v1/identify', call, { key: 'write' });
  await api.get('/v1/profiles/phone:13977778888');
  await api.get(
    `/v1/profiles/email:${encodeURIComponent('zhang.xiaoming@example.com')}?fields=zhang.xiaoming@example.com`,
  );
  await api.get('/v1/nowhere/13977778888');
  await api.get('/v1/audit?author=13977778888');
  await policies();
}

/** A policy that lists people, one that cannot be, and memberships that are one person's. */
async function policies(): Promise<void> {
  const path = '/v1/definitions/identity/default';
  const { body: policy } = await api.get(path);
  const listing = (...staff: string[]) =>
    JSON.stringify({ ...policy, kinds: { ...policy.kinds, lists: { staff } } });
  const listed = await api.send('PUT', path, listing('phone:13977778888', 'user_id:customer-77342158'));
  expect(listed.status).toBe(200);
  expectNothingPersonal('the answer to a policy', listed.text);
  for (const body of [listing('phone:139 7777 8888 12'), listing('13977778888'), '{"phone":"13977778888"']) {
    const refused = await api.send('PUT', path, body);
    expect(refused.status).toBe(400);
    expectNothingPersonal('the refusal of a policy', refused.text);
  }
  const merge = (merged: string) => ({
    type: 'members_merged',
    properties: { kept: 'customer-77342158', merged, program: 'club' },
  });
  await api.apply({ id: '5', ...merge('13977778888') });
  const same = await api.post('/v1/events', { id: '6', ...merge('customer-77342158') });
  expect(same.body).toMatchObject({ rejected: [{ code: 'schema_violation' }] });
  expectNothingPersonal('the answer to a merge', same.text);
}

function expectNothingPersonal(where: string, content: Buffer | string): void {
  for (const text of PERSONAL) expect(content.includes(text), `${text} in ${where}`).toBe(false);
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

it('is readable for who may read it', async () => {
  const { identifiers, traits } = await api.profile('phone:13977778888');
  expect(identifiers).toMatchObject({ phone: ['+8613977778888'], email: ['zhang.xiaoming@example.com'] });
  expect(traits).toMatchObject({ name: '张小明明' });
});

it('is masked for everybody else, and no answer to a failure says what was sent', async () => {
  const created = await api.post('/v1/keys', { name: 'analyst', kind: 'secret', scopes: ['read', 'admin'] });
  expect(created.status).toBe(201);
  const reader = { key: 'none', headers: { authorization: `Bearer ${created.body.key}` } } as const;
  const email = encodeURIComponent('zhang.xiaoming@example.com');
  for (const path of [
    '/v1/profiles?limit=10',
    '/v1/profiles/phone:13977778888',
    `/v1/profiles/email:${email}/identity`,
    '/v1/profiles/phone:13977778888/brief',
    '/v1/profiles/phone:13977778888/events',
    '/v1/quarantine',
    '/v1/reviews',
    '/v1/audit?limit=1000',
    '/v1/jobs',
  ]) {
    const answer = await api.get(path, reader);
    expect([path, answer.status]).toEqual([path, 200]);
    expectNothingPersonal(path, answer.text);
  }
  const { body } = await api.get('/v1/profiles/phone:13977778888', reader);
  expect(body).toMatchObject({ identifiers: { phone: ['139****8888'], email: ['z***@example.com'] } });
  expect(body.traits.name).toBe('张*');
  for (const path of [
    '/v1/profiles/phone:15866667777',
    `/v1/profiles/${email}`,
    '/v1/profiles/x?at=13977778888z',
    `/v1/audit?author=x&before=${email}`,
    `/v1/profiles/${email}/decisions`,
    `/v1/segments/${email}`,
  ]) {
    const answer = await api.get(path, reader);
    expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
    expectNothingPersonal(path, answer.text);
  }
});

it('stands nowhere in history', async () => {
  for (const table of [
    'events',
    'facets',
    'merges',
    'identity_changes',
    'decisions',
    'quarantine',
    'audit',
  ]) {
    const text = JSON.stringify(await api.sql(`SELECT * FROM ${table}`));
    expectNothingPersonal(`the table ${table}`, text);
    if (table === 'events') expect(text).toContain(CONTROL);
  }
  expect((await api.numbers('SELECT count() AS kept FROM quarantine')).kept).toBe(3);
});

it('stands in no line that the process wrote', () => {
  expect(engine.output).toContain('"route":"/v1/profiles/:id"');
  expectNothingPersonal('the output', engine.output);
});

it('stands in no file of log, state or anything else', async () => {
  expect(await engine.stop()).toBe(0);
  const { log, state } = storageDirectories(place.dataDirectory);
  const files = [...new Set([place.dataDirectory, log, state].flatMap(filesOf))];
  const withControl = files.filter((path) => readFileSync(path).includes(CONTROL));
  for (const folder of [log, state]) {
    expect(
      withControl.some((path) => path.startsWith(folder)),
      `control in ${folder}`,
    ).toBe(true);
  }
  for (const path of files) expectNothingPersonal(path, readFileSync(path));
});
