import { describe, expect, it } from 'vitest';
import { registerBackfill } from '../../src/cli/backfill.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(answers, registerBackfill, ['backfill', ...args]);

const job = { id: 'j-1', status: 'running', progress: { done: 1, total: 2, note: '' } };
const result = { features: ['views_1h', 'views_7d'], events: 20, facets: 3 };

describe('tessera backfill', () => {
  it('waits for the job and says what was filled', async () => {
    const done = { ...job, status: 'done', result };
    const { asked, out, code } = await run(
      ['views'],
      [
        [202, { job }],
        [200, done],
      ],
    );
    expect(asked).toEqual(['POST /v1/features/views/backfills', 'GET /v1/jobs/j-1']);
    expect([out, code]).toEqual(['views_1h, views_7d: filled from 20 events, 3 facets\n', 0]);
  });

  it('leaves the job to the engine where told', async () => {
    const { asked, out } = await run(['views', '--no-wait', '--json'], [[202, { job }]]);
    expect(asked).toHaveLength(1);
    expect(JSON.parse(out)).toEqual(job);
  });

  it.each([
    [409, 'feature_complete', 0],
    [409, 'feature_derived', 1],
    [404, 'not_found', 1],
  ])('ends a refusal with %i %s in exit code %i', async (status, refused, exit) => {
    const { out, err, code } = await run(['views', '--json'], [[status, { code: refused, detail: 'why' }]]);
    expect(JSON.parse(out)).toEqual({ code: refused, detail: 'why' });
    expect([err, code]).toEqual([`backfill: why (${refused})\n`, exit]);
  });

  it('says why a job failed', async () => {
    const failed = { ...job, status: 'failed', error: { code: 'backfill_dropped', detail: 'changed' } };
    const { err, code } = await run(
      ['views'],
      [
        [202, { job }],
        [200, failed],
      ],
    );
    expect([err, code]).toEqual([
      'backfill: The backfill failed: changed (backfill_dropped) (job_failed)\n',
      1,
    ]);
  });
});
