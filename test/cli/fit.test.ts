import { describe, expect, it } from 'vitest';
import { registerFit } from '../../src/cli/fit.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(answers, registerFit, ['fit', ...args]);

const job = { id: 'j-1', status: 'running', progress: { done: 0, total: 0, note: 'how often' } };
const done = (result: JsonObject): readonly Answer[] => [
  [202, { job }],
  [200, { ...job, status: 'done', result }],
];

describe('tessera fit', () => {
  it('waits for the job and says what was fitted', async () => {
    const model = {
      name: 'clv',
      type: 'clv',
      fit: { customers: 2_357, report: { without_repeat: 1_411 } },
      purchases: { r: 0.243, alpha: 4.414 },
    };
    const { requests: asked, out, code } = await run(['clv', '--as-of', '1997-09-30'], done(model));
    expect(asked).toEqual(['POST /v1/models/clv/fits {"as_of":"1997-09-30"}', 'GET /v1/jobs/j-1']);
    expect([out, code]).toEqual([
      'clv: fitted to 2357 customers\nwithout_repeat 1411\npurchases: r 0.243, alpha 4.414\n',
      0,
    ]);
  });

  it('describes clusters by their shares', async () => {
    const clusters = [{ label: 'high spend', share: 0.25, description: 'spend around 500' }];
    const { requests: asked, out } = await run(
      ['clusters', '--features', 'a, b', '--k', '3-6', '--no-log'],
      done({ name: 'clusters', type: 'clusters', fit: { customers: 40 }, clusters }),
    );
    expect(asked[0]).toBe('POST /v1/models/clusters/fits {"features":["a","b"],"k":[3,6],"log":false}');
    expect(out).toBe('clusters: fitted to 40 customers\n 25.0 %  high spend: spend around 500\n');
  });

  it('leaves the job to the engine where told', async () => {
    const { requests: asked, out } = await run(
      ['rfm', '--weights', '{"recency":2}', '--no-wait', '--json'],
      [[202, { job }]],
    );
    expect(asked).toEqual(['POST /v1/models/rfm/fits {"weights":{"recency":2}}']);
    expect(JSON.parse(out)).toEqual(job);
  });

  it.each([
    [['rfm', '--weights', '[1]'], []],
    [['rfm', '--parts', '{'], []],
    [['clusters', '--k', 'few'], []],
    [['rfm'], [[400, { code: 'invalid_parameter', detail: 'why' }]]],
    [
      ['rfm'],
      [
        [202, { job }],
        [200, { ...job, status: 'failed', error: { code: 'fit_impossible', detail: 'too few' } }],
      ],
    ],
  ] as const)('ends %j in exit code 1 and says why', async (args, answers) => {
    const { out, err, code } = await run([...args, '--json'], answers);
    expect(code).toBe(1);
    expect(err).toContain(JSON.parse(out).detail);
  });
});
