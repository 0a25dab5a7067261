import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerBacktest } from '../../src/cli/backtest.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { createTemporaryDirectory } from '../adapters/temporary-directory.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

let directory: ReturnType<typeof createTemporaryDirectory>;
beforeAll(() => {
  directory = createTemporaryDirectory();
});
afterAll(() => directory.remove());

const range = ['--from', '2026-11-01', '--to', '2026-11-15'];

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(answers, registerBacktest, ['backtest', ...args, ...range]);

const job = { id: 'j-1', status: 'running', progress: { done: 0, total: 9, note: 'cart_left: 2 firings' } };
const done = (result: JsonObject): readonly Answer[] => [
  [202, { job }],
  [200, { ...job, status: 'done', result }],
];

const report: JsonObject = {
  trigger: 'cart_left',
  events: 900,
  decisions: { fired: 3, suppressed: 2 },
  suppressed: { no_consent: 2 },
  people: { fired: 3, decided: 4 },
  per_day: [{ date: '2026-11-03', fired: 3, suppressed: 2 }],
  followed: {
    days: 7,
    order_rate: 0.3333,
    baseline: { matched: 3, order_rate_fired: 0.3333, order_rate: 0.25 },
  },
};

describe('tessera backtest', () => {
  it('sends the draft of a file and says what it would have done', async () => {
    const path = join(directory.path, 'draft.yaml');
    writeFileSync(
      path,
      'name: cart_left\npurpose: service\non: { event: product_added }\naction: { channel: sms }\n',
    );
    const { bodies, asked, out, code } = await run([path, '--days', '14', '--clock', 'event'], done(report));
    expect(asked[0]).toBe('POST /v1/triggers/cart_left/backtests');
    expect(bodies[0]).toMatchObject({
      from: '2026-11-01',
      days: 14,
      clock: 'event',
      definition: { name: 'cart_left' },
    });
    expect(out).toContain('3 people reached, out of 900 events');
    expect(out).toMatch(/2026-11-03 +3 +0 +0 +2 +0/);
    expect(out).toMatch(/no_consent +2/);
    expect(out).toContain(
      'ordered within 7 days: 33.3 %; 33.3 % against 25.0 % of comparable people (3 matched)',
    );
    expect(code).toBe(0);
  });

  it('asks for a trigger in force by its name, and prints JSON', async () => {
    const { requests, out } = await run(['cart_left', '--json'], done(report));
    expect(requests[0]).toBe('POST /v1/triggers/cart_left/backtests {"from":"2026-11-01","to":"2026-11-15"}');
    expect(JSON.parse(out)).toEqual(report);
  });

  it('says so where there is nobody to compare with', async () => {
    const alone = { ...report, followed: { days: 7, order_rate: null, baseline: { matched: 0 } } };
    expect((await run(['cart_left'], done(alone))).out).toContain('-; nobody to compare with');
  });

  it('ends in exit code 1 where the file cannot be read or the engine refuses', async () => {
    const missing = await run([join(directory.path, 'none.yaml')], []);
    const refused = await run(['none'], [[404, { code: 'not_found', detail: 'no trigger' }]]);
    expect([missing.code, refused.code]).toEqual([1, 1]);
    expect(refused.err).toBe('backtest: no trigger (not_found)\n');
  });
});
