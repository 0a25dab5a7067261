import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;

beforeEach(async () => {
  server = await testServer();
});
afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const get = (url: string, headers = secret) => server.app.inject({ method: 'GET', url, headers });
const put = (body: object, url = '/v1/profiles/user_id:ann/consents') =>
  server.app.inject({ method: 'PUT', url, headers: secret, payload: JSON.stringify(body) });

describe('routes of consents', () => {
  it('take what events carry, with the name of the key as the author', async () => {
    const consent = {
      marketing: { sms: false },
      sharing: true,
      notices: { privacy: 3 },
      text_version: '2026-09',
      method: 'call',
    };
    const answer = await put({ consent, reason: 'asked' });
    expect(answer.json()).toMatchObject({ profile_id: 'user_id:ann', consent, reason: 'asked' });
    expect(answer.json().author).not.toBe('');
    expect((await put({ consent }, '/v1/profiles/none/consents')).statusCode).toBe(404);
  });

  it.each([
    [{}, '/consent'],
    [{ consent: {} }, '/consent'],
    [{ consent: { sharing: 'yes' } }, '/consent/sharing'],
    [{ consent: { marketing: { sms: 1 } } }, '/consent/marketing/sms'],
    [{ consent: { notices: { privacy: 0 } } }, '/consent/notices/privacy'],
    [{ consent: { notices: true } }, '/consent/notices'],
    [{ consent: { text_version: true } }, '/consent/text_version'],
    [{ consent: { 'a b': true } }, '/consent'],
    [{ consent: { marketing: { 'a.b': true } } }, '/consent/marketing'],
    [{ consent: { sharing: true }, reason: 7 }, '/reason'],
    [{ consent: { sharing: true }, who: 'me' }, '/who'],
    [{ consent: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`p${n}`, true])) }, '/consent'],
  ])('refuse %j', async (body, path) => {
    const answer = await put(body);
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_parameter', errors: [{ path }] });
  });

  it('answer what holds to readers, and the rest to whoever looks after privacy', async () => {
    const url = '/v1/profiles/user_id:ann/consents';
    expect((await get(url, reader)).json()).toEqual({ profile_id: 'user_id:ann', limit: limits.pageDefault });
    expect((await get(`${url}?limit=0`)).json()).toMatchObject({ limit: 0 });
    expect((await get(`${url}/receipt`)).json()).toEqual({ pii_principal_id: 'user_id:ann' });
    expect((await get('/v1/privacy/notices/due?notice=privacy&limit=3')).json()).toMatchObject({
      notice: 'privacy',
      limit: 3,
    });
    for (const path of [`${url}/receipt`, '/v1/privacy/notices/due', '/v1/segments/loyal/export?partner=ads'])
      expect((await get(path, reader)).statusCode).toBe(403);
  });

  it('share rows, removals or groups of a named partner', async () => {
    const path = '/v1/segments/loyal/export';
    expect((await get(`${path}?partner=ads&removals=true`)).json()).toMatchObject({
      ...{ segment: 'loyal', partner: 'ads', removals: true, limit: limits.pageDefault },
    });
    expect((await get(`${path}?partner=ads&by=traits.city`)).json()).toMatchObject({ by: 'traits.city' });
    for (const query of ['', '?partner=A', '?partner=ads&by=a%20b', '?partner=ads&removals=1'])
      expect((await get(path + query)).json()).toMatchObject({ status: 400, code: 'invalid_parameter' });
  });
});
