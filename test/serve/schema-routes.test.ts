import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;

beforeEach(async () => {
  server = await testServer();
});
afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const askFor = (event: string, body: JsonObject, headers = secret) =>
  server.app.inject({
    method: 'POST',
    url: `/v1/schemas/${event}/checks`,
    headers,
    payload: JSON.stringify(body),
  });

describe('GET /v1/schemas', () => {
  it('lists the types, and answers one of them or that there is none', async () => {
    const list = await server.app.inject({ method: 'GET', url: '/v1/schemas', headers: reader });
    expect([list.statusCode, list.json()]).toEqual([200, { types: [] }]);
    const one = await server.app.inject({ method: 'GET', url: '/v1/schemas/none', headers: reader });
    expect(one.json()).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('POST /v1/schemas/{event}/checks', () => {
  it('answers a job, for the schema in force or a draft', async () => {
    const answer = await askFor('guide_opened', { days: 90 });
    const { job } = answer.json();
    expect([answer.statusCode, answer.headers.location]).toEqual([202, `/v1/jobs/${job.id}`]);
    expect(job).toMatchObject({ kind: 'schema_check', author: 'operator' });
    expect((await askFor('none', { definition: { schema: { type: 'object' } } })).statusCode).toBe(202);
  });

  it.each([
    [{ days: 0 }],
    [{ days: 401 }],
    [{ days: 1.5 }],
    [{ days: '7' }],
    [{ definition: 'type: object' }],
    [{ definition: [] }],
    [{ since: 7 }],
  ])('refuses %j', async (body) => {
    expect((await askFor('guide_opened', body as JsonObject)).json()).toMatchObject({
      status: 400,
      code: 'invalid_parameter',
    });
  });

  it('needs a definition where none is in force', async () => {
    expect((await askFor('none', {})).json()).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('needs the scope define', async () => {
    expect((await askFor('guide_opened', {}, reader)).json()).toMatchObject({ code: 'forbidden' });
  });
});
