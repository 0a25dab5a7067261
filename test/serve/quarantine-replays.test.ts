import { describe, expect, it } from 'vitest';
import { secret, testServer } from './fakes.ts';

describe('POST /v1/quarantine/replays', () => {
  it.each([
    [{}, 'ids or code must say which events.'],
    [{ ids: [] }, 'ids must be a list of 1 to 1000 quarantine ids.'],
    [{ ids: ['q-1', 7] }, 'ids must be a list of 1 to 1000 quarantine ids.'],
    [{ code: 'schema_violation', limit: 0 }, 'limit must be an integer from 1 to 1000.'],
  ])('refuses %j', async (body, detail) => {
    const { app } = await testServer();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/quarantine/replays',
      headers: secret,
      payload: JSON.stringify(body),
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', detail });
  });

  it('answers what became of each event', async () => {
    const { app } = await testServer();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/quarantine/replays',
      headers: secret,
      payload: JSON.stringify({ ids: ['q-1'] }),
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ replayed: [{ quarantine_id: 'q-1', status: 'accepted' }] });
  });
});
