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

const range = { from: '2026-11-01T00:00:00Z', to: '2026-11-15T00:00:00Z' };

const askFor = (name: string, body: JsonObject, headers = secret) =>
  server.app.inject({
    method: 'POST',
    url: `/v1/triggers/${name}/backtests`,
    headers,
    payload: JSON.stringify(body),
  });

describe('POST /v1/triggers/{name}/backtests', () => {
  it('answers a job, for the trigger in force or a draft', async () => {
    const answer = await askFor('cart_left', { ...range, days: 14 });
    const { job } = answer.json();
    expect([answer.statusCode, answer.headers.location]).toEqual([202, `/v1/jobs/${job.id}`]);
    expect(job).toMatchObject({ kind: 'trigger_backtest', author: 'operator' });
    const draft = await askFor('none', {
      from: 1_790_000_000_000,
      to: 1_790_100_000_000,
      definition: 'on: {}',
    });
    expect(draft.statusCode).toBe(202);
  });

  it.each([
    [{ to: range.to }, 'invalid_parameter'],
    [{ from: range.to, to: range.from }, 'invalid_parameter'],
    [{ ...range, from: 'yesterday' }, 'invalid_parameter'],
    [{ ...range, days: 0 }, 'invalid_parameter'],
    [{ ...range, days: 91 }, 'invalid_parameter'],
    [{ ...range, days: 1.5 }, 'invalid_parameter'],
    [{ ...range, definition: 7 }, 'invalid_parameter'],
    [{ ...range, clock: 'wall' }, 'invalid_parameter'],
    [{ ...range, send: true }, 'invalid_parameter'],
  ])('refuses %j', async (body, code) => {
    expect((await askFor('cart_left', body as JsonObject)).json()).toMatchObject({ status: 400, code });
  });

  it('knows triggers in force only', async () => {
    expect((await askFor('none', range)).json()).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('needs the scope define', async () => {
    expect((await askFor('cart_left', range, reader)).json()).toMatchObject({ code: 'forbidden' });
  });
});
