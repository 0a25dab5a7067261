import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerCosts } from '../../src/cli/costs.ts';
import { createTemporaryDirectory } from '../adapters/temporary-directory.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const directory = createTemporaryDirectory();
const run = (file: string, answers: readonly Answer[], ...flags: readonly string[]) =>
  runAgainst(answers, registerCosts, ['costs', file, ...flags]);
const write = (name: string, lines: readonly string[]): string => {
  const path = join(directory.path, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

let good: string;
beforeAll(() => {
  good = write('good.csv', [
    'trigger,campaign,day,amount,currency',
    'cart_reminder,,2026-11-11,1200.00,CNY',
    ',"spring, sms",2026-11-11,380.5,',
  ]);
});
afterAll(() => directory.remove());

describe('tessera costs', () => {
  it('sends the rows of a file, without the fields that say nothing', async () => {
    const { bodies, out } = await run(good, [[200, { taken: 2 }]]);
    expect(bodies).toEqual([
      {
        costs: [
          { trigger: 'cart_reminder', day: '2026-11-11', amount: '1200.00', currency: 'CNY' },
          { campaign: 'spring, sms', day: '2026-11-11', amount: '380.5' },
        ],
      },
    ]);
    expect(out).toBe('2 taken\n');
  });

  it('refuses a header that it does not know, and one that lacks something', async () => {
    const odd = await run(write('odd.csv', ['campaign,day,amount,vat', 'a,2026-11-11,1,2']), []);
    expect(odd).toMatchObject({ code: 1, asked: [] });
    expect(odd.err).toContain('The column vat is none of');
    for (const header of ['campaign,day', 'campaign,amount', 'day,amount'])
      expect((await run(write('short.csv', [header, 'a,b']), [])).err).toContain('import_failed');
  });

  it('says where a file was refused', async () => {
    const problem = { code: 'invalid_parameter', detail: 'The field costs/1/day must be a day.' };
    const { err, code } = await run(good, [[400, problem]]);
    expect(err).toContain('line 2');
    expect(err).toContain('costs/1/day');
    expect(code).toBe(1);
  });
});
