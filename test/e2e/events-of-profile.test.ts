import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';

const PHONE = '13900001111';
const TRIED = {
  type: 'product_tried',
  channel: 'store_device',
  properties: { item_id: 'spu-1', mode: 'fitting_room', outcome: 'other_size' },
  context: { store: 'SH-001', associate_id: 'A7' },
};

describe('events of somebody who is known by profile alone', () => {
  const place = new EnginePlace();
  let engine: RunningEngine;
  let profile = '';
  const say = async (reference: string, event: object, key?: string) =>
    await engine.api.post(`/v1/profiles/${encodeURIComponent(reference)}/events`, event, {
      ...(key === undefined ? {} : { key: 'none' as const, headers: { authorization: `Bearer ${key}` } }),
    });

  beforeAll(async () => {
    engine = await place.start();
    const { body } = await engine.api.post('/v1/events?wait=applied', [
      { id: 'e-1', type: 'signed_in', channel: 'app', identifiers: { anonymous_id: 'a-1', phone: PHONE } },
    ]);
    profile = body.results[0].profile_id;
  });
  afterAll(async () => await place.remove());

  it('are theirs, once, and change their profile', async () => {
    const first = await say(profile, { ...TRIED, id: 'tried-1' });
    expect(first.status).toBe(200);
    expect(first.body.results).toMatchObject([{ id: 'tried-1', status: 'applied', profile_id: profile }]);
    const again = await say(`phone:${PHONE}`, { ...TRIED, id: 'tried-1' });
    expect(again.body.results).toMatchObject([{ status: 'duplicate' }]);
    const { body } = await engine.api.get(`/v1/profiles/${profile}?fields=features`);
    expect(body.profile_id).toBe(profile);
  });

  it('need no identifier to be shown: a key without pii may say them', async () => {
    const { body } = await engine.api.post('/v1/keys', {
      name: 'tablet',
      kind: 'secret',
      scopes: ['ingest', 'read'],
    });
    const told = await say(profile, TRIED, body.key);
    expect(told.body.results).toMatchObject([{ status: 'applied', profile_id: profile }]);
    expect(told.text).not.toContain(PHONE);
  });

  it('are refused where they name somebody themselves, are not valid, or are about nobody', async () => {
    const named = await say(profile, { ...TRIED, identifiers: { phone: '13900002222' } });
    expect(named).toMatchObject({ status: 400, body: { code: 'invalid_parameter' } });
    const bad = await say(profile, { ...TRIED, properties: { outcome: 'eaten' } });
    expect(bad.status).toBe(200);
    expect(bad.body).toMatchObject({ results: [], rejected: [{ code: 'schema_violation' }] });
    expect(await say('phone:13900009999', TRIED)).toMatchObject({ status: 404 });
    expect(await say(profile, TRIED, engine.api.writeKey)).toMatchObject({ status: 403 });
  });
});
