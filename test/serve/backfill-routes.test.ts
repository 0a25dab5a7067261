import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;

beforeEach(async () => {
  server = await testServer();
});
afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const fill = (name: string, { headers = secret, body }: { headers?: typeof secret; body?: object } = {}) =>
  server.app.inject({
    method: 'POST',
    url: `/v1/features/${name}/backfills`,
    headers,
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });

describe('POST /v1/features/{name}/backfills', () => {
  it('answers a job, with or without an empty body', async () => {
    const answer = await fill('views_1h');
    const { job } = answer.json();
    expect([answer.statusCode, answer.headers.location]).toEqual([202, `/v1/jobs/${job.id}`]);
    expect(job).toMatchObject({ kind: 'feature_backfill', author: 'operator' });
    expect((await fill('views_1h', { body: {} })).statusCode).toBe(202);
  });

  it.each([
    ['none', undefined, 404, 'not_found'],
    ['orders_30d', undefined, 409, 'feature_complete'],
    ['views_1h', { from: '2026-01-01' }, 400, 'invalid_parameter'],
  ])('refuses %s with %j', async (name, body, status, code) => {
    const answer = await fill(name, body === undefined ? {} : { body });
    expect(answer.json()).toMatchObject({ status, code });
  });

  it('needs the scope define', async () => {
    expect((await fill('views_1h', { headers: reader })).json()).toMatchObject({ code: 'forbidden' });
  });
});
