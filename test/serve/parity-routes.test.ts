import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { ALICE, NOBODY, parityReport, reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const get = (url: string, headers = reader) => server.app.inject({ url, headers });
const check = (body: object, headers = secret) =>
  server.app.inject({ method: 'POST', url: '/v1/analytics/parity', headers, payload: body });

describe('GET /v1/analytics/parity', () => {
  it('answers what the background has found', async () => {
    const answer = await get('/v1/analytics/parity');
    expect([answer.statusCode, answer.json()]).toEqual([200, parityReport]);
    expect((await get('/v1/analytics/parity?fresh=1')).json().code).toBe('invalid_parameter');
  });
});

describe('POST /v1/analytics/parity', () => {
  it('creates a job that compares so many profiles, or one', async () => {
    for (const [body, wanted] of [
      [{}, { profiles: limits.parityProfilesDefault }],
      [{ profiles: 7 }, { profiles: 7 }],
      [{ profile: ALICE }, { ids: [ALICE] }],
      [{ profile: 'phone:13900001111' }, { ids: [ALICE] }],
    ] as const) {
      const answer = await check(body);
      const { job } = answer.json();
      expect([answer.statusCode, answer.headers.location]).toEqual([202, `/v1/jobs/${job.id}`]);
      await new Promise(setImmediate);
      expect((await get(`/v1/jobs/${job.id}`)).json()).toMatchObject({
        kind: 'parity',
        status: 'done',
        result: wanted,
      });
    }
  });

  it('refuses what it cannot do, and keys without the scope', async () => {
    for (const body of [
      { profiles: 0 },
      { profiles: limits.parityProfilesMax + 1 },
      { profiles: '7' },
      { profile: 7 },
      { profile: ALICE, profiles: 7 },
      { share: 1 },
    ]) {
      expect([body, (await check(body)).statusCode]).toEqual([body, 400]);
    }
    expect((await check({ profile: NOBODY })).json().code).toBe('profile_not_found');
    expect((await check({}, reader)).statusCode).toBe(403);
  });
});

describe('metrics', () => {
  it('show what was compared and what differs', async () => {
    const text = await server.metrics.render();
    for (const line of [
      '# TYPE tessera_parity_profiles_total counter',
      'tessera_parity_profiles_total 12',
      'tessera_parity_profiles_skipped_total 1',
      'tessera_parity_features_total 720',
      'tessera_parity_features_skipped_total 3',
      'tessera_parity_mismatches_total 0',
      'tessera_parity_missing_total 2',
      'tessera_parity_extra_total 0',
      'tessera_parity_round_time_seconds 1795255200.123',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });
});
