import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { ProfileView } from '../../src/serve/services.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { MAIN } from './support/engine-process.ts';

const place = new EnginePlace();
let api: EngineApi;
beforeAll(async () => {
  api = (await place.start()).api;
});
afterAll(() => place.remove());

const view = (id: string, identifiers: JsonObject): JsonObject => ({
  id,
  type: 'product_viewed',
  identifiers,
  properties: { item_id: `spu-${id}`, category: 'men/shoes' },
});

const order = (id: string, identifiers: JsonObject): JsonObject => ({
  id,
  type: 'order_completed',
  identifiers,
  properties: { order_id: `o-${id}`, total: '10.00', currency: 'CNY' },
});

const phone = 'phone:13900001111';

/** What somebody read, with the moment that its features name. */
async function read(): Promise<{ readonly at: number; readonly profile: ProfileView }> {
  const profile = await api.profile(phone);
  return { at: profile.features.views_lifetime?.as_of ?? 0, profile };
}

async function asOf(at: number): Promise<JsonObject> {
  const answer = await api.get(`/v1/profiles/${encodeURIComponent(phone)}?at=${new Date(at).toISOString()}`);
  expect(answer.status).toBe(200);
  return answer.body;
}

describe('a profile at a moment that is over', () => {
  it('equals what was read then: before a merge, after it, and after people were taken apart', async () => {
    const readings: { readonly at: number; readonly profile: ProfileView }[] = [];
    const note = async (): Promise<void> => {
      readings.push(await read());
      // The next event must not be of the same millisecond.
      await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await api.apply([view('e-1', { phone: '13900001111' }), order('e-2', { user_id: 'ann' })]);
    await note();
    await api.apply([view('e-3', { user_id: 'ann', phone: '13900001111' })]);
    await note();
    await api.apply([view('e-3', { user_id: 'ann', phone: '13900001111' }), view('e-4', { user_id: 'ann' })]);
    await note();
    const unmerge = await api.post('/v1/identity/unmerges', { identifier: phone, from: 'user_id:ann' });
    expect(unmerge.status).toBe(200);
    await note();
    for (const { at, profile } of readings) {
      const { profile_id, kind, traits, features, consents, first_seen, last_seen } = profile;
      const told = { profile_id, as_of: at, kind, traits, features, consents, first_seen, last_seen };
      expect(await asOf(at)).toMatchObject(told);
    }
    const ids = new Set(readings.map(({ profile }) => profile.profile_id));
    expect(ids.size).toBeGreaterThan(1);
  });

  it('waits for history, so that a moment just over is answered as well', async () => {
    await api.apply([view('e-9', { phone: '13900001111' })]);
    const { at, profile } = await read();
    expect((await asOf(at)).features).toEqual(profile.features);
  });

  it('is refused where it is not over, and nobody where nobody was', async () => {
    const at = (moment: number) => `?at=${new Date(moment).toISOString()}`;
    const future = await api.get(`/v1/profiles/${encodeURIComponent(phone)}${at(Date.now() + 3_600_000)}`);
    expect([future.status, future.body.code]).toEqual([400, 'invalid_parameter']);
    const before = await api.get(`/v1/profiles/${encodeURIComponent(phone)}${at(Date.now() - 3_600_000)}`);
    expect([before.status, before.body.code]).toEqual([404, 'profile_not_found']);
  });
});

describe('the doctor', () => {
  it('finds no difference in an engine that was left alone', async () => {
    const argv = [MAIN, 'doctor', 'parity', '--json', '--url', api.address, '--key', api.secretKey];
    const ran = await new Promise<{ code: number; out: string }>((resolve) => {
      const child = execFile(process.execPath, argv, (_error, out) =>
        resolve({ code: child.exitCode ?? -1, out }),
      );
    });
    const found = JSON.parse(ran.out);
    expect(found).toMatchObject({ mismatch: 0, missing: 0, extra: 0, profiles_skipped: 0, differences: [] });
    expect([ran.code, found.profiles]).toEqual([0, 2]);
    const { text } = await api.get('/metrics');
    expect(text).toContain('tessera_parity_features_total 0');
  });
});
