import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.app.close());

async function call(method: 'GET' | 'POST', url: string, { headers = secret, body = '' } = {}) {
  const payload = body === '' ? {} : { payload: body };
  const answer = await server.app.inject({ method, url, headers, ...payload });
  return { status: answer.statusCode, body: answer.json() };
}

describe('GET /v1/events/{event_id}/trace', () => {
  it('answers the receipts of an event, and opens what is personal for the scope pii only', async () => {
    expect(await call('GET', '/v1/events/e-1/trace')).toEqual({
      status: 200,
      body: { event_id: 'e-1', traces: [{ source: 'web', status: 'applied', masked: false }] },
    });
    const { body } = await call('GET', '/v1/events/e-1/trace?source=till', { headers: reader });
    expect(body.traces).toEqual([{ source: 'till', status: 'applied', masked: true }]);
  });

  it('answers 404 for what nobody knows, and for what is too long for an id', async () => {
    for (const id of ['e-2', 'x'.repeat(201)])
      expect(await call('GET', `/v1/events/${id}/trace`)).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
  });
});

describe('POST /v1/triggers/previews', () => {
  const definition = { on: { event: 'product_viewed' }, action: { channel: 'none' } };
  const preview = (body: object, headers = secret) =>
    call('POST', '/v1/triggers/previews', { headers, body: JSON.stringify(body) });

  it('explains a draft for whoever is named', async () => {
    expect(await preview({ definition, profile: 'phone:13900001111' })).toMatchObject({
      status: 200,
      body: { trigger: 'draft', draft: true, profile_id: expect.any(String) },
    });
  });

  it('refuses what is no draft, no person or no field, with the place', async () => {
    const cases = [
      [{ definition: 'name: x', profile: 'phone:13900001111' }, 400, 'invalid_parameter'],
      [{ definition }, 400, 'invalid_parameter'],
      [{ definition, profile: 'phone:13900001111', more: 1 }, 400, 'invalid_parameter'],
      [{ definition: { action: {} }, profile: 'phone:13900001111' }, 400, 'invalid_definition'],
      [{ definition, profile: 'phone:777' }, 404, 'profile_not_found'],
    ] as const;
    for (const [body, status, code] of cases)
      expect(await preview(body), JSON.stringify(body)).toMatchObject({ status, body: { code } });
  });

  it('wants a key that may define and read', async () => {
    expect((await preview({ definition, profile: 'phone:13900001111' }, reader)).status).toBe(403);
  });
});

describe('POST /v1/features/previews', () => {
  const definition = { name: 'looks', on: ['product_viewed'], aggregate: 'count', window: '1d' };
  const preview = (body: object, headers = secret) =>
    call('POST', '/v1/features/previews', { headers, body: JSON.stringify(body) });

  it('computes a draft for whoever is named', async () => {
    expect(await preview({ definition, profile: 'phone:13900001111' })).toMatchObject({
      status: 200,
      body: { draft: true, profile_id: expect.any(String), features: { looks: { value: 7 } } },
    });
  });

  it('refuses what is no draft, no person or no field, with the place, and keys that may not define', async () => {
    const cases = [
      [{ definition: 'name: x', profile: 'phone:13900001111' }, 400, 'invalid_parameter'],
      [{ definition }, 400, 'invalid_parameter'],
      [{ definition, profile: 'phone:13900001111', more: 1 }, 400, 'invalid_parameter'],
      [{ definition: { aggregate: 'count' }, profile: 'phone:13900001111' }, 400, 'invalid_definition'],
      [{ definition, profile: 'phone:777' }, 404, 'profile_not_found'],
    ] as const;
    for (const [body, status, code] of cases)
      expect(await preview(body), JSON.stringify(body)).toMatchObject({ status, body: { code } });
    expect((await preview({ definition, profile: 'phone:13900001111' }, reader)).status).toBe(403);
  });
});
