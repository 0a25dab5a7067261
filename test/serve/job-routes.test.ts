import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;

beforeEach(async () => {
  server = await testServer();
});
afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const get = (url: string, headers: Record<string, string> = reader) =>
  server.app.inject({ method: 'GET', url, headers });
const simulate = (body: object, headers: Record<string, string> = secret) =>
  server.app.inject({
    method: 'POST',
    url: '/v1/identity/simulations',
    headers,
    payload: JSON.stringify(body),
  });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('POST /v1/identity/simulations', () => {
  it('answers a job, which shows its progress and then the report', async () => {
    const answer = await simulate({ policy: { name: 'looser' }, from: '2026-11-01', to: 1_795_255_200_123 });
    const { job } = answer.json();
    expect([answer.statusCode, answer.headers.location]).toEqual([202, `/v1/jobs/${job.id}`]);
    expect(job).toMatchObject({ kind: 'identity_simulation', author: 'operator', status: 'running' });
    expect(server.services.people.simulated).toEqual([
      { policy: { name: 'looser' }, range: { from: Date.UTC(2026, 10, 1), to: 1_795_255_200_123 } },
    ]);
    expect((await get(`/v1/jobs/${job.id}`)).json().progress).toEqual({ done: 1, total: 4, note: 'reading' });
    server.services.people.finishSimulation('done');
    await turn();
    expect((await get(`/v1/jobs/${job.id}`)).json()).toMatchObject({ status: 'done', result: { merges: 2 } });
  });

  it('takes the policy as YAML too, and an open range', async () => {
    await simulate({ policy: 'name: default' });
    expect(server.services.people.simulated).toEqual([{ policy: { name: 'name: default' }, range: {} }]);
  });

  it.each([
    [{}, 'invalid_parameter', '/policy'],
    [{ policy: 7 }, 'invalid_parameter', '/policy'],
    [{ policy: ['x'] }, 'invalid_parameter', '/policy'],
    [{ policy: {}, from: 'yesterday' }, 'invalid_parameter', '/from'],
    [{ policy: {}, from: -1 }, 'invalid_parameter', '/from'],
    [{ policy: {}, to: '2026-13-01' }, 'invalid_parameter', '/to'],
    [{ policy: {}, to: '2026-02-30T00:00:00Z' }, 'invalid_parameter', '/to'],
    [{ policy: {}, from: '2026-11-02', to: '2026-11-01' }, 'invalid_parameter', '/to'],
    [{ policy: {}, until: 5 }, 'invalid_parameter', '/until'],
  ])('refuses %j', async (body, code, path) => {
    const answer = await simulate(body);
    expect(answer.json()).toMatchObject({ status: 400, code, errors: [{ path }] });
    expect((await get('/v1/jobs')).json()).toEqual({ jobs: [] });
  });

  it('refuses a policy that is not valid, saying what is wrong, before there is a job', async () => {
    const answer = await simulate({ policy: 'broken' });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_definition']);
    expect(answer.json().detail).toContain('/types');
    expect((await get('/v1/jobs')).json()).toEqual({ jobs: [] });
  });

  it('needs the scope define', async () => {
    expect((await simulate({ policy: {} }, reader)).statusCode).toBe(403);
  });
});

describe('/v1/jobs', () => {
  it('lists jobs, newest first, and says why one failed', async () => {
    const first = (await simulate({ policy: 'one' })).json().job.id;
    const second = (await simulate({ policy: 'two' })).json().job.id;
    server.services.people.finishSimulation(new TesseraError('history_unavailable'));
    await turn();
    const { jobs } = (await get('/v1/jobs')).json();
    expect(jobs.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      [second, 'running'],
      [first, 'failed'],
    ]);
    expect(jobs[1].error).toEqual({
      code: 'history_unavailable',
      detail: 'History cannot be queried now.',
    });
  });

  it('cancels on request, for whoever may start jobs', async () => {
    const { id } = (await simulate({ policy: 'one' })).json().job;
    const remove = (headers: Record<string, string>) =>
      server.app.inject({ method: 'DELETE', url: `/v1/jobs/${id}`, headers });
    expect((await remove(reader)).statusCode).toBe(403);
    expect((await remove(secret)).statusCode).toBe(200);
    await turn();
    expect((await get(`/v1/jobs/${id}`)).json().status).toBe('canceled');
  });

  it('says when there is no such job', async () => {
    expect((await get('/v1/jobs/j-none-1')).json()).toMatchObject({ status: 404, code: 'job_not_found' });
  });
});
