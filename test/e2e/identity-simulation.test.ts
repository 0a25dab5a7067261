import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { waitUntil } from './support/wait-until.ts';

const place = new EnginePlace();
let api: EngineApi;
beforeAll(async () => {
  api = (await place.start()).api;
  const view = { type: 'product_viewed', properties: { item_id: 'spu-1' } };
  await api.apply([
    { ...view, id: 'e-1', identifiers: { user_id: 'ann', phone: '13900001111' } },
    { ...view, id: 'e-2', identifiers: { user_id: 'ann', phone: '13700002222' } },
    { ...view, id: 'e-3', identifiers: { phone: '13700002222' } },
  ]);
});
afterAll(() => place.remove());

async function simulate(policy: JsonObject): Promise<JsonObject> {
  const { status, body } = await api.post('/v1/identity/simulations', { policy });
  expect(status).toBe(202);
  let job: JsonObject = body.job;
  await waitUntil('the job is finished', async () => {
    job = (await api.get(`/v1/jobs/${String(job.id)}`)).body;
    return job.finished_at !== null;
  });
  expect(job).toMatchObject({ status: 'done', kind: 'identity_simulation' });
  return isJsonObject(job.result) ? job.result : {};
}

describe('an operator', () => {
  it('sees what another policy would have done, and nothing changes by it', async () => {
    const { body: policy } = await api.get('/v1/definitions/identity/default');
    const { version: _v, author: _a, since: _s, ...inForce } = policy;
    const digest = await api.digest();
    const same = await simulate(inForce);
    expect(same).toMatchObject({ events: 3, people_gained: 0, people_lost: 0, notes: [] });
    expect(same.simulated).toEqual(same.baseline);
    const types = inForce.types.map((rule: JsonObject) =>
      rule.type === 'phone' ? { ...rule, limit: 1, period: 'ever' } : rule,
    );
    const { profile_id: ann } = await api.profile('user_id:ann');
    const report = await simulate({ ...inForce, types });
    expect(report).toMatchObject({
      people_gained: 1,
      splits: { count: 1, samples: [{ profile_id: ann, people_count: 2 }] },
      feature_differences: [{ profile_id: ann, becomes: ann }],
    });
    expect(await api.digest()).toBe(digest);
  });

  it('sees how well identifiers tell people apart', async () => {
    const { body } = await api.get('/v1/analytics/quality?fresh=1');
    const phone = body.identifiers.find(({ type }: { type: string }) => type === 'phone');
    expect(phone).toMatchObject({ values: 2, profiles: 1, verdict: 'ideal' });
    expect(phone.values_per_profile).toEqual({ p50: 2, p99: 2, max: 2 });
    const { text } = await api.get('/metrics');
    expect(text).toContain('tessera_identifier_values{type="phone"} 2');
  });
});
