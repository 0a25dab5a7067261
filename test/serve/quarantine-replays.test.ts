import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/model/audit.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { secret, testServer } from './fakes.ts';

describe('POST /v1/quarantine/replays', () => {
  const post = async (body: JsonObject) => {
    const { app } = await testServer();
    return await app.inject({
      method: 'POST',
      url: '/v1/quarantine/replays',
      headers: secret,
      payload: JSON.stringify(body),
    });
  };

  it.each<[JsonObject, string]>([
    [{}, 'ids, code, filter or all must say which events.'],
    [{ ids: [] }, 'The field ids must be a list of 1 to 1000 quarantine ids.'],
    [{ ids: ['q-1', 7] }, 'The field ids must be a list of 1 to 1000 quarantine ids.'],
    [{ ids: ["q-1' OR 1"] }, 'The field ids must be a list of 1 to 1000 quarantine ids.'],
    [{ code: 'schema_violation', limit: 0 }, 'The field limit must be an integer from 1 to 1000.'],
    [{ code: 7 }, 'The field code must be a code.'],
    [{ every: true }, 'The field every is not known here.'],
    [{ all: false }, 'The field all must be true.'],
    [{ all: true, filter: { code: 'x' } }, 'The field filter cannot stand beside all.'],
    [{ all: true, limit: 5 }, 'The field limit cannot stand beside filter or all.'],
    [
      { filter: {} },
      'The field filter must be an object that says which events; all of them are "all": true.',
    ],
    [{ filter: { state: 'given_up' } }, 'The parameter state is not known here.'],
    [{ filter: { code: ['a'] } }, 'The field filter has fields that are texts or numbers.'],
    [
      { filter: { from: 'yesterday' } },
      'The parameter from must be an RFC 3339 time such as 2026-11-21T10:00:00Z, a day (its midnight in UTC) or epoch milliseconds.',
    ],
    [{ filter: { from: '2026-11-22', to: '2026-11-21' } }, 'The parameter to must be after from.'],
    [{ all: true, dry_run: 'yes' }, 'The field dry_run must be true or false.'],
  ])('refuses %j', async (body, detail) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', detail });
  });

  it('starts a job for all that match', async () => {
    const some = await post({ filter: { code: 'schema_violation', from: '2026-11-21', attempts: 2 } });
    expect(some.statusCode).toBe(202);
    const { job } = some.json();
    expect(some.headers.location).toBe(`/v1/jobs/${job.id}`);
    expect(job).toMatchObject({ kind: 'quarantine_replay', author: 'operator' });
    expect((await post({ all: true, dry_run: true })).statusCode).toBe(202);
  });

  it('answers what became of each event', async () => {
    const answer = await post({ ids: ['q-1'] });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ replayed: [{ quarantine_id: 'q-1', status: 'accepted' }] });
  });
});

describe('GET /v1/quarantine', () => {
  const get = async (path: string, headers: Record<string, string> = secret) => {
    const audited: AuditEntry[] = [];
    const audit = { record: async (entry: AuditEntry) => void audited.push(entry), refused: () => undefined };
    const server = await testServer({ audit });
    const answer = await server.app.inject({ method: 'GET', url: path, headers });
    return { audited, answer };
  };

  it('answers counts by columns that there are', async () => {
    const { answer } = await get('/v1/quarantine/counts?by=code,type&source=web&state=waiting');
    expect(answer.json().counts).toEqual([
      { by: ['code', 'type'], filter: { source: 'web', state: 'waiting', attempts: 0 } },
    ]);
    for (const query of ['by=code,code', 'by=sealed', 'by=', 'state=done', 'path=price', 'attempts=-1'])
      expect([query, (await get(`/v1/quarantine/counts?${query}`)).answer.statusCode]).toEqual([
        query,
        query === 'by=' ? 200 : 400,
      ]);
  });

  it('shows one event, and that is written down', async () => {
    const { audited, answer } = await get('/v1/quarantine/q-1');
    expect(answer.json()).toEqual({ id: 'q-1', masked: false });
    expect(audited).toMatchObject([
      {
        action: 'personal_data_read',
        fields: ['quarantine.payload'],
        subjects: [],
        target: 'q-1',
        via: 'GET /v1/quarantine/:id',
      },
    ]);
    expect((await get('/v1/quarantine/q-2')).answer.statusCode).toBe(404);
    expect((await get("/v1/quarantine/q-1'%20OR")).answer.statusCode).toBe(404);
  });
});
