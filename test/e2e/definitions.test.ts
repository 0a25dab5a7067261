import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { Answer, EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';

const RETAIL = fileURLToPath(new URL('../../deploy/retail', import.meta.url));
const PATH = '/v1/definitions/identity/default';
const STAFF_PHONE = '13977778888';

const place = new EnginePlace();
const definitions = place.file('definitions');
let api: EngineApi;
let engine: EngineProcess;
async function start(): Promise<void> {
  ({ api, process: engine } = await place.start({ definitions }));
}
beforeAll(async () => {
  cpSync(RETAIL, definitions, { recursive: true });
  await start();
});
afterAll(() => place.remove());

const change = async (body: unknown, query = ''): Promise<Answer> =>
  await api.send('PUT', `${PATH}${query}`, JSON.stringify(body));

let serial = 0;
async function droppedOf(identifiers: JsonObject): Promise<readonly string[]> {
  serial += 1;
  const event = { id: `e-${serial}`, type: 'product_viewed', identifiers, properties: { item_id: 'i' } };
  const { body } = await api.apply(event);
  return (body.dropped_identifiers ?? []).map(({ code }: JsonObject) => code);
}

it('answers the policy of the directory, as the directory’s', async () => {
  const { body } = await api.get(PATH);
  expect(body).toMatchObject({
    name: 'default',
    author: expect.stringMatching(/^directory /),
    reviews: { values_per_type: 3 },
  });
  expect((await api.get('/v1/definitions/identity')).body).toEqual({ definitions: [body] });
});

it('applies a changed policy to the next event, without a restart', async () => {
  const { body: before } = await api.get(PATH);
  expect(await droppedOf({ user_id: 'kiosk-7', phone: STAFF_PHONE })).toEqual([]);
  const edited = {
    ...before,
    blocked: { ...before.blocked, values: [...before.blocked.values, 'kiosk-7'] },
    kinds: { ...before.kinds, lists: { staff: [`phone:${STAFF_PHONE}`] } },
  };
  const dry = await change(edited, '?dry_run=1');
  expect(dry.body.changes.map(({ path }: JsonObject) => path)).toEqual([
    `/blocked/values/${before.blocked.values.length}`,
    '/kinds/lists/staff',
  ]);
  expect((await api.get(PATH)).body).toEqual(before);
  const { status, body: after } = await change(edited);
  expect([status, after.author]).toEqual([200, 'server']);
  expect(after.version).not.toBe(before.version);
  expect(after.kinds.lists.staff).toEqual([expect.stringMatching(/^phone#[\w-]{22}$/)]);
  expect(await droppedOf({ user_id: 'kiosk-7' })).toEqual(['blocked_identifier']);
});

it('refuses what is not valid with the place, and keeps what is in force', async () => {
  const { body: before } = await api.get(PATH);
  const types = [{ ...before.types[0], limit: 0 }];
  const answer = await change({ ...before, types });
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_definition']);
  expect(answer.body.errors).toMatchObject([{ path: '/types/0/limit' }]);
  expect((await api.get(PATH)).body).toEqual(before);
});

it('keeps the change over restarts, until the policy of the directory changes', async () => {
  const { body: changed } = await api.get(PATH);
  expect(changed.author).toBe('server');
  await engine.stop();
  await start();
  expect((await api.get(PATH)).body).toEqual(changed);
  expect(await droppedOf({ user_id: 'kiosk-7' })).toEqual(['blocked_identifier']);
  await engine.stop();
  const file = `${definitions}/identity.yaml`;
  writeFileSync(file, readFileSync(file, 'utf8').replace('strong_people_max: 20', 'strong_people_max: 21'));
  await start();
  expect((await api.get(PATH)).body).toMatchObject({
    author: expect.stringMatching(/^directory /),
    shared: { strong_people_max: 21 },
    kinds: { lists: {} },
  });
  expect(await droppedOf({ user_id: 'kiosk-7' })).toEqual([]);
});

it('goes back to the policy of the directory when the change is deleted', async () => {
  const { body: before } = await api.get(PATH);
  await change({ ...before, shared: { strong_people_max: 7 } });
  const { status, body } = await api.send('DELETE', PATH);
  expect([status, body.version]).toEqual([200, before.version]);
});

const VIEWS = { on: 'product_viewed', aggregate: 'count', windows: ['1h', 'lifetime'] };
const putFeature = async (name: string, body: unknown, query = ''): Promise<Answer> =>
  await api.send('PUT', `/v1/definitions/features/${name}${query}`, JSON.stringify(body));
const lookedAt = async (): Promise<JsonObject> => {
  serial += 1;
  const id = `e-${serial}`;
  const identifiers = { anonymous_id: 'looker' };
  await api.apply({ id, type: 'product_viewed', identifiers, properties: { item_id: 'i' } });
  return (await api.get('/v1/profiles/anonymous_id:looker')).body.features;
};

it('takes a feature and a derived one into force without a restart, and keeps them over one', async () => {
  const put = await putFeature('looks', VIEWS);
  expect(put).toMatchObject({ status: 200, body: { ...VIEWS, author: 'server' } });
  const derived = { aggregate: 'derived', expression: 'looks_1h * 2' };
  expect((await putFeature('twice', derived)).status).toBe(200);
  expect(await lookedAt()).toMatchObject({
    looks_1h: { value: 1, partial: true },
    twice: { value: 2, partial: true },
  });
  await engine.stop();
  const file = `${definitions}/features/browsing.yaml`;
  writeFileSync(file, readFileSync(file, 'utf8').replace('windows: [1h, 24h', 'windows: [1h, 2h, 24h'));
  await start();
  expect(await lookedAt()).toMatchObject({
    looks_1h: { value: 2 },
    twice: { value: 4 },
    views_2h: { value: 1 },
  });
  expect((await api.get('/v1/definitions/features/looks')).body).toEqual(put.body);
  const only = (await api.get('/v1/profiles/anonymous_id:looker?fields=twice')).body;
  expect(Object.keys(only.features)).toEqual(['twice']);
});

it('refuses a bad feature with the place, and deletes only what nothing reads', async () => {
  const bad = await putFeature('brands', { ...VIEWS, aggregate: 'sum', of: 'properties.brand' });
  expect(bad).toMatchObject({ status: 400, body: { code: 'invalid_definition', errors: [{ path: '/of' }] } });
  const custom = await putFeature('guides', { ...VIEWS, on: 'guide_opened' }, '?dry_run=1');
  expect(custom.body).toMatchObject({ dry_run: true, warnings: [expect.stringMatching(/guide_opened/)] });
  const used = await api.send('DELETE', '/v1/definitions/features/looks');
  expect(used).toMatchObject({ status: 409, body: { code: 'definition_in_use' } });
  const kept = await putFeature(
    'looks',
    { ...VIEWS, windows: ['1h'], where: { channel: { equals: 'app' } } },
    '?keep=1',
  );
  expect(kept.status).toBe(200);
  const features = await lookedAt();
  expect(Object.keys(features).filter((name) => name.startsWith('looks_'))).toEqual([
    expect.stringMatching(/^looks_1h@\d+$/),
    expect.stringMatching(/^looks_lifetime@\d+$/),
    'looks_1h',
  ]);
  expect((await api.send('DELETE', '/v1/definitions/features/twice')).body).toEqual({
    name: 'twice',
    removed: true,
  });
  expect((await api.send('DELETE', '/v1/definitions/features/looks')).status).toBe(200);
  expect((await api.get('/v1/definitions/features/looks')).status).toBe(404);
});
