import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';
import { RestorableStorage } from './support/restorable-storage.ts';
import { waitUntil } from './support/wait-until.ts';

const GONE = 'phone:13900001111';
const STAYS = 'phone:13900002222';

const place = new EnginePlace();
const storage = new RestorableStorage(place);
const register = `${place.dataDirectory}.erasures`;
let engine: EngineProcess;
let api: EngineApi;
let erasure = '';
let settings: Record<string, string> = {};

async function start(): Promise<void> {
  ({ api, process: engine } = await place.start({ settings }));
}

async function statusOf(person: string): Promise<number> {
  return (await api.get(`/v1/profiles/${person}`)).status;
}

async function count(query: string): Promise<string> {
  const { text } = await api.post('/v1/sql', JSON.stringify({ query, format: 'TabSeparated' }), {
    headers: { 'content-type': 'application/json' },
  });
  return text.trim();
}

/** As an operator restores a copy of the data. */
async function putBack(): Promise<void> {
  await engine.stop();
  await storage.putBack();
}

describe('data that is older than an erasure', () => {
  beforeAll(async () => {
    settings = await storage.open();
    await start();
    await api.apply(
      ['13900001111', '13900002222'].map((phone) => ({
        id: `e-${phone}`,
        type: 'profile_identified',
        identifiers: { phone, device_id: `device-of-${phone}` },
      })),
    );
    await api.settled();
    await engine.stop();
    await storage.copy();
    await start();
    const asked = await api.post('/v1/privacy/erasures', { identifier: GONE });
    erasure = asked.body.id;
    const done = async () => (await api.get(`/v1/privacy/erasures/${erasure}`)).body.status === 'done';
    await waitUntil('the receipt', done);
  }, 120_000);
  afterAll(async () => {
    await place.remove();
    await storage.remove();
  });

  it('has nobody who was erased since then, before it answers the first request', async () => {
    await putBack();
    await start();
    expect(await statusOf(GONE)).toBe(404);
    expect(await statusOf(STAYS)).toBe(200);
    const { body } = await api.get(`/v1/privacy/erasures/${erasure}`);
    expect(body).toMatchObject({ status: 'done', id: erasure });
    expect(await count("SELECT count() FROM events WHERE event_id = 'e-13900001111'")).toBe('0');
    expect(await count("SELECT count() FROM events WHERE event_id = 'e-13900002222'")).toBe('1');
  }, 120_000);

  it('has them without the register: that is where it is known from', async () => {
    await putBack();
    rmSync(register);
    await start();
    expect(await statusOf(GONE)).toBe(200);
    expect(await statusOf(STAYS)).toBe(200);
  }, 120_000);
});
