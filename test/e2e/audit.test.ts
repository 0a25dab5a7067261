import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { waitUntil } from './support/wait-until.ts';

const PHONE = '13900001111';
const masterKey = randomBytes(32).toString('base64');
const place = new EnginePlace();
/** Ends of chains, as somebody keeps them elsewhere. */
const heads: string[] = [];
let engine: RunningEngine;
let alice: string;

beforeAll(async () => {
  engine = await place.start();
  const identifiers = { phone: PHONE, user_id: 'u-1' };
  const traits = { name: '张小明明' };
  await engine.api.apply({ id: 'e-1', type: 'profile_identified', identifiers, traits });
  alice = (await engine.api.profile('user_id:u-1')).profile_id;
}, 120_000);
afterAll(() => place.remove());

interface Entry {
  readonly action: string;
  readonly author: string;
  readonly subjects: readonly string[];
  readonly fields: readonly string[];
  readonly via: string;
  readonly target: string;
}

const list = async (query = ''): Promise<readonly Entry[]> => {
  const { status, body } = await engine.api.get(`/v1/audit${query}`);
  expect(status).toBe(200);
  return body.entries;
};

const verify = async (kept: readonly string[] = heads) =>
  (await engine.api.get(`/v1/audit/verify?heads=${kept.join(',')}`)).body;

const keepHead = async (): Promise<void> => {
  heads.push((await engine.api.get('/v1/audit/head')).body.head);
};

it('tells who saw what of whom, what was changed and what was asked, and holds nothing of it', async () => {
  const { api } = engine;
  await api.get(`/v1/profiles/${alice}/identity`);
  expect((await api.send('PUT', '/v1/catalog/items', '[{"item_id":"spu-1"}]')).status).toBe(200);
  await api.sql('SELECT count() FROM events');
  await api.get('/v1/profiles', { key: 'none' });
  const of = await list(`?subject=${alice}`);
  expect(of.map(({ via }) => via)).toEqual(['GET /v1/profiles/:id/identity', 'GET /v1/profiles/:id']);
  expect(of[1]?.fields).toEqual(['identifiers.phone', 'identifiers.user_id', 'traits.name']);
  const all = await list('?limit=100');
  const actions = all.map(({ action }) => action);
  for (const action of ['chain_opened', 'sql_query', 'sign_in_failed']) expect(actions).toContain(action);
  expect(await list('?action=sql_query&author=server')).toHaveLength(1);
  expect(await list('?author=nobody')).toEqual([]);
  const text = JSON.stringify(all);
  for (const secret of [PHONE, '张小明明', 'u-1', api.secretKey]) expect(text).not.toContain(secret);
});

it('pages through entries without losing one', async () => {
  const whole = (await list('?limit=1000')).length;
  const seen: unknown[] = [];
  for (let before = ''; ; ) {
    const { body } = await engine.api.get(`/v1/audit?limit=2${before}`);
    seen.push(...body.entries);
    if (body.next === undefined) break;
    before = `&before=${body.next}`;
  }
  expect(seen).toHaveLength(whole);
  expect(new Set(seen.map((entry) => JSON.stringify(entry))).size).toBe(whole);
});

it('is whole after a kill, and still holds what was kept elsewhere', async () => {
  await keepHead();
  expect((await verify()).ok).toBe(true);
  await engine.api.get(`/v1/profiles/${alice}`);
  await keepHead();
  await engine.process.kill();
  engine = await place.start();
  expect(await verify()).toMatchObject({ ok: true, findings: [] });
  // Rows in history once each, whatever was copied before the kill.
  await list();
  const { entries, distinct } = await engine.api.numbers(
    'SELECT count() AS entries, uniqExact(chain, n) AS distinct FROM audit',
  );
  expect(entries).toBe(distinct);
});

it('goes over to another master key while everything goes on', async () => {
  await keepHead();
  const secrets = join(place.dataDirectory, 'secrets.json');
  const before = JSON.parse(readFileSync(secrets, 'utf8'));
  expect(before).toHaveProperty('master_key');
  await engine.process.stop();
  engine = await place.start({ settings: { TESSERA_MASTER_KEY_COMMAND: `printf %s '${masterKey}'` } });
  const { api } = engine;
  const { body: status } = await api.get('/v1/master-key');
  expect(status.previous).toMatch(/^[0-9a-f]{8}$/);
  expect((await api.profile(`phone:${PHONE}`)).traits.name).toBe('张小明明');
  const { body } = await api.post('/v1/master-key/rotations', {});
  await waitUntil('the keys are wrapped anew', async () => {
    const job = await api.get(`/v1/jobs/${body.job.id}`);
    return job.body.status === 'done' && job.body.result.unreadable === 0 && job.body.result.rewrapped > 1;
  });
  expect(JSON.parse(readFileSync(secrets, 'utf8'))).not.toHaveProperty('master_key');
  expect((await list('?action=master_key_rotated')).length).toBe(1);
  await engine.process.stop();
  engine = await place.start({ settings: { TESSERA_MASTER_KEY: masterKey } });
  expect((await engine.api.get('/v1/master-key')).body).toEqual({ id: status.id, previous: null });
  const again = await engine.api.profile(`phone:${PHONE}`);
  expect([again.profile_id, again.traits.name]).toEqual([alice, '张小明明']);
  expect(await verify()).toMatchObject({ ok: true });
  await engine.process.stop();
  const other = place.launch({ settings: { TESSERA_MASTER_KEY: randomBytes(32).toString('base64') } });
  expect(await other.ended()).not.toBe(0);
  expect(other.output).toContain('key_mismatch');
}, 240_000);

it('shows a byte that was changed in its files', async () => {
  const log = join(place.dataDirectory, 'log');
  if (existsSync(log)) {
    const root = open({ path: log, noSubdir: false, encoding: 'binary', maxDbs: 160 });
    const pages = root.openDB<Buffer, [string, number]>({ name: 'audit', encoding: 'binary' });
    const [key] = pages.getKeys({ start: ['local', 2], limit: 1 });
    const bytes = key && pages.get(key);
    if (key === undefined || bytes === undefined) throw new TypeError('there is no page');
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(60) ^ 1, 60);
    await pages.put(key, changed);
    await root.close();
    engine = await place.start({ settings: { TESSERA_MASTER_KEY: masterKey } });
    expect(await verify()).toMatchObject({
      ok: false,
      findings: [{ chain: 'local', n: 2, kind: 'changed' }],
    });
  } else {
    engine = await place.start({ settings: { TESSERA_MASTER_KEY: masterKey } });
    // On servers nobody takes a page away; what was never there is missed all the same.
    const never = `nobody:3:${'A'.repeat(43)}`;
    expect(await verify([never])).toMatchObject({ ok: false });
  }
});
