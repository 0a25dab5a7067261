import { describe, expect, it } from 'vitest';
import { registerReport } from '../../src/cli/report.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(answers, registerReport, ['report', ...args]);

describe('tessera report', () => {
  it('asks with the parameters that were given, and shows a table', async () => {
    const answer = {
      columns: ['a', 'b', 'lift'],
      rows: [
        ['spu-1', 'spu-7', 12.5],
        ['spu-1', 'spu-9', null],
      ],
    };
    const { asked, out } = await run(
      ['basket', '--item', 'spu-1', '--min-orders', '3', '--sort', 'orders'],
      [[200, answer]],
    );
    expect(asked).toEqual(['GET /v1/analytics/basket?item=spu-1&min_orders=3&sort=orders&format=table']);
    expect(out).toBe('a      b      lift\nspu-1  spu-7  12.5\nspu-1  spu-9\n');
  });

  it('prints JSON as it was answered, and says so where nothing was found', async () => {
    const answer = { steps: [] };
    const { asked, out } = await run(['funnel', '--steps', 'a,b', '--json'], [[200, answer]]);
    expect(asked).toEqual(['GET /v1/analytics/funnel?steps=a%2Cb&format=json']);
    expect(JSON.parse(out)).toEqual(answer);
    expect((await run(['rfm'], [[200, { columns: ['x'], rows: [] }]])).out).toBe('Nothing was found.\n');
  });

  it('fails with what the engine says', async () => {
    const problem = { code: 'invalid_parameter', detail: 'The parameter zone must be a time zone.' };
    const { err, code } = await run(['times', '--zone', 'x'], [[400, problem]]);
    expect(err).toContain('report: The parameter zone must be a time zone. (invalid_parameter)');
    expect(code).toBe(1);
  });
});
