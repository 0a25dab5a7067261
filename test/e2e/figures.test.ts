import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from '../support/differences.ts';
import type { Answer, EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';

/*
 * docs/figures.md is run as it is written: its requests one after another, against an engine whose clock stands where the text says, and
 * what it promises is looked for in the answers.
 */
const PAGE = readFileSync(new URL('../../docs/figures.md', import.meta.url), 'utf8');
const NOON = '2026-06-24T12:00:00+08:00';

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly promise: unknown;
}

const blocks = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
const steps = blocks.flatMap(([, language, block = ''], i): readonly Step[] => {
  if (language !== 'http') return [];
  const next = blocks[i + 1];
  const promise: unknown = next?.[1] === 'json' ? JSON.parse(next[2] ?? '') : undefined;
  const [request = '', ...rest] = block.split('\n');
  const [method = '', path = ''] = request.split(' ');
  return [{ method, path, body: rest.join('\n').trim(), promise }];
});

describe('figures that retailers steer by', () => {
  const place = new EnginePlace();
  let api: EngineApi;

  beforeAll(async () => {
    ({ api } = await place.start({ now: NOON }));
  });
  afterAll(() => place.remove());

  const send = async ({ method, path, body }: Step): Promise<Answer> => {
    if (method === 'GET') return await api.get(path);
    const answer = method === 'PUT' ? await api.send('PUT', path, body) : await api.post(path, body);
    await api.settled();
    return answer;
  };

  it('has a promise for each question', () => {
    const asked = steps.filter(({ method }) => method === 'GET');
    expect(asked.length).toBeGreaterThanOrEqual(9);
    expect(asked.filter(({ promise }) => promise === undefined)).toEqual([]);
  });

  it.each(steps.map((step) => [`${step.method} ${step.path}`, step] as const))('%s', async (_name, step) => {
    const { status, body } = await send(step);
    expect([status, body.detail]).toEqual([200, undefined]);
    if (step.promise !== undefined) expect(differences(step.promise, body)).toEqual([]);
    if (step.method === 'POST') expect(body.rejected).toEqual([]);
  });

  it('answers the same rows as CSV', async () => {
    const { text } = await api.get('/v1/analytics/demand?from=2026-05-01&by=variant&item=dress&format=csv');
    expect(text.split('\r\n').slice(0, 2)).toEqual([
      'item,variant,store,views,tries,carts,orders,inquiries,stock_outs,units',
      'dress,dress-M,SH-001,0,0,0,1,0,0,1',
    ]);
  });

  it('takes what is told of costs as data, whatever is written there', async () => {
    const campaign = `'); DROP TABLE events; -- \\ "quoted", 🎈`;
    const costs = [{ campaign, day: '2026-05-03', amount: '1.00' }];
    expect((await api.send('PUT', '/v1/analytics/costs', JSON.stringify({ costs }))).body).toEqual({
      taken: 1,
    });
    await api.settled();
    const told = (await api.get('/v1/analytics/costs?from=2026-05-03&to=2026-05-04')).body.costs;
    expect(told).toMatchObject([{ campaign, amount: '1.00', currency: 'CNY', day: '2026-05-03' }]);
    for (const store of [`x' OR 1=1 --`, 'a\\', '🎈'])
      expect((await api.get(`/v1/stores/${encodeURIComponent(store)}/expected`)).body.expected).toEqual([]);
    for (const item of [`' OR ''='`, '\\'])
      expect((await api.get(`/v1/analytics/tried?item=${encodeURIComponent(item)}`)).body.tried).toEqual([]);
  });

  it('lets nobody but itself tell of costs', async () => {
    const forged = {
      ...{ id: 'forged', type: 'cost_recorded', source: 'operator', identifiers: {} },
      properties: { kind: 'campaign', name: 'forged', day: '2026-05-03', amount: 1, author: 'x' },
    };
    await api.post('/v1/events', [forged, { ...forged, id: 'f2', source: 'crm' }]);
    await api.settled();
    const told = (await api.get('/v1/analytics/costs?from=2026-05-03&to=2026-05-04')).body.costs;
    expect(JSON.stringify(told)).not.toContain('forged');
  });
});
