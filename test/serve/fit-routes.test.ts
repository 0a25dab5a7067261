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

const askFor = (
  name: string,
  { headers = secret, payload }: { headers?: typeof secret; payload?: string } = {},
) =>
  server.app.inject({
    method: 'POST',
    url: `/v1/models/${name}/fits`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });

describe('POST /v1/models/{name}/fits', () => {
  it('answers a job, with or without a body, which it passes on', async () => {
    const answer = await askFor('clv', { payload: '{"as_of":"2026-11-20"}' });
    const { job } = answer.json();
    expect([answer.statusCode, answer.headers.location]).toEqual([202, `/v1/jobs/${job.id}`]);
    expect(job).toMatchObject({ kind: 'model_fit', author: 'operator' });
    expect(server.services.people.jobs.get(job.id)?.result).toEqual({ name: 'clv', as_of: '2026-11-20' });
    expect((await askFor('rfm')).statusCode).toBe(202);
  });

  it.each([
    ['none', undefined, 400, 'invalid_parameter'],
    ['clv', '[]', 400, 'unreadable_body'],
    ['clv', '{"as_of":1,"as_of":2}', 400, 'duplicate_key'],
  ])('refuses %s with %s', async (name, payload, status, code) => {
    const answer = await askFor(name, payload === undefined ? {} : { payload });
    expect(answer.json()).toMatchObject({ status, code });
  });

  it('needs the scope define', async () => {
    expect((await askFor('clv', { headers: reader })).json()).toMatchObject({ code: 'forbidden' });
  });
});
