import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { IdentityView } from '../../src/serve/services.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { featureValue } from './support/totals.ts';

const place = new EnginePlace();
let engine: RunningEngine;
let api: EngineApi;
beforeAll(async () => {
  engine = await place.start();
  api = engine.api;
});
afterAll(() => place.remove());

const order = (id: string, identifiers: JsonObject): JsonObject => ({
  id,
  type: 'order_completed',
  identifiers,
  properties: { order_id: `o-${id}`, total: '10.00', currency: 'CNY' },
});

async function identity(reference: string): Promise<IdentityView> {
  const answer = await api.get(`/v1/profiles/${encodeURIComponent(reference)}/identity`);
  expect(answer.status).toBe(200);
  return answer.body as IdentityView;
}

async function grossOf(reference: string): Promise<number> {
  return featureValue((await api.profile(reference)).features.gross_lifetime);
}

/** Ids of the profile's events, as its page of history has them. */
async function eventsOf(reference: string): Promise<readonly string[]> {
  const { body } = await api.get(`/v1/profiles/${encodeURIComponent(reference)}/events`);
  return body.events.map(({ id }: { id: string }) => id).sort();
}

describe('an operator', () => {
  it('makes two people one, takes them apart again, and history follows', async () => {
    await api.apply([
      order('ann-1', { user_id: 'ann', phone: '13900001111' }),
      order('bob-1', { user_id: 'bob', email: 'bob@example.com' }),
      order('bob-2', { email: 'bob@example.com' }),
    ]);
    const merge = { identifiers: ['phone:13900001111', 'email:BOB@example.com'] };
    const merged = await api.post('/v1/identity/merges', merge);
    expect([merged.status, merged.body.merged]).toEqual([200, [expect.any(String)]]);
    expect((await api.post('/v1/identity/merges', merge)).body).toMatchObject({ already: true, merged: [] });
    expect(await grossOf('user_id:bob')).toBe(3_000);
    const together = await identity('user_id:ann');
    expect(together).toMatchObject({ profile_id: merged.body.profile_id, merged: merged.body.merged });
    expect(together.identifiers.map(({ type }) => type).sort()).toEqual([
      'email',
      'phone',
      'user_id',
      'user_id',
    ]);

    const split = await api.post('/v1/identity/unmerges', {
      identifier: 'email:bob@example.com',
      from: 'user_id:ann',
    });
    expect(split.body).toMatchObject({ profile_id: merged.body.profile_id });
    expect(split.body.new_profile_id).not.toBe(split.body.profile_id);
    expect((await api.profile('email:bob@example.com')).profile_id).toBe(split.body.new_profile_id);
    const [left, stayed] = [await grossOf('email:bob@example.com'), await grossOf('user_id:ann')];
    expect(left + stayed).toBe(3_000);
    await api.settled();
    const events = [await eventsOf('email:bob@example.com'), await eventsOf('user_id:ann')];
    expect(events.flat().sort()).toEqual(['ann-1', 'bob-1', 'bob-2']);
    expect(events.map((ids) => ids.length * 1_000)).toEqual([left, stayed]);
    expect(await identity('user_id:ann')).toMatchObject({ apart: [split.body.new_profile_id] });
  });

  it('is named in history, and commands are no events in the books', async () => {
    await api.settled();
    const rows = await api.sql("SELECT DISTINCT author FROM identity_changes WHERE change = 'split'");
    expect(rows).toEqual([{ author: 'server' }]);
    const books = await api.metric(
      'tessera_events_received_total',
      'tessera_events_applied_total',
      'tessera_events_quarantined_total',
    );
    expect(books).toEqual({
      tessera_events_received_total: 3,
      tessera_events_applied_total: 3,
      tessera_events_quarantined_total: 0,
    });
  });

  it('is told why a command does nothing, and it does nothing', async () => {
    await api.apply(order('eve-1', { user_id: 'eve' }));
    const digest = await api.digest();
    for (const [path, body, status, code] of [
      ['identity/unmerges', { identifier: 'phone:13999999999' }, 404, 'identifier_not_found'],
      ['identity/unmerges', { identifier: 'phone:12' }, 400, 'invalid_parameter'],
      ['identity/unmerges', { identifier: 'user_id:eve' }, 409, 'not_linked'],
      ['identity/unmerges', { identifier: 'user_id:ann', from: 'user_id:eve' }, 409, 'not_linked'],
      ['identity/merges', { identifiers: ['user_id:eve', 'user_id:nobody'] }, 404, 'identifier_not_found'],
      ['reviews/12/decisions', { decision: 'approve' }, 404, 'review_not_found'],
    ] as const) {
      const answer = await api.post(`/v1/${path}`, body);
      expect([path, body, answer.status, answer.body.code]).toEqual([path, body, status, code]);
    }
    expect(await api.digest()).toBe(digest);
  });

  it('finds everything as it was after the engine was killed', async () => {
    const looks = async () => [await identity('user_id:ann'), await identity('email:bob@example.com')];
    const before = await looks();
    await engine.process.kill();
    engine = await place.start();
    api = engine.api;
    await api.settled();
    expect(await looks()).toEqual(before);
  });
});
