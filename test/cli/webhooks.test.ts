import { describe, expect, it } from 'vitest';
import { registerWebhooks } from '../../src/cli/webhooks.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { runAgainst } from './answering-engine.ts';

const run = (args: readonly string[], status: number, body: JsonObject) =>
  runAgainst([[status, body]], registerWebhooks, ['webhooks', ...args]);

const crm: JsonObject = {
  name: 'crm',
  url: 'https://crm.example/\u001b[31m',
  state: 'open',
  waiting: 12,
  delivered: 7,
  dead: 1,
  failures_in_a_row: 6,
};

describe('tessera webhooks', () => {
  it('shows how endpoints take it, without what would reach the terminal', async () => {
    const { asked, out, code } = await run(['list'], 200, { webhooks: [crm] });
    expect(asked).toEqual(['GET /v1/webhooks']);
    expect(out).toMatch(/^name +state +waiting/);
    expect(out).toMatch(/crm +open +12 +7 +1 +6 +https:\/\/crm\.example\/\?\[31m/);
    expect(code).toBe(0);
    const one = await run(['show', 'c/m'], 200, crm);
    expect(one.asked).toEqual(['GET /v1/webhooks/c%2Fm']);
    expect(one.out).toContain('crm');
    expect((await run(['list'], 200, { webhooks: [] })).out).toBe('none\n');
  });

  it('pages through what was given up, and has it brought again', async () => {
    const letter = {
      id: 'f1',
      trigger: 'offer',
      profile_id: 'p',
      reason: 'status',
      status: 500,
      attempts: 9,
      at: 0,
    };
    const page = await run(['dead', 'crm', '--limit', '1', '--after', 'p0/3'], 200, {
      dead: [letter],
      next: 'p0/4',
    });
    expect(page.asked).toEqual(['GET /v1/webhooks/crm/dead?limit=1&after=p0%2F3']);
    expect(page.out).toContain('1970-01-01T00:00:00.000Z');
    expect(page.out).toContain('more: --after p0/4');
    const some = await run(['replay', 'crm', 'f1', 'f2'], 200, { replayed: 2, more: false });
    expect(some.requests).toEqual(['POST /v1/webhooks/crm/replays {"ids":["f1","f2"]}']);
    expect(some.out).toBe('2 on their way again\n');
    const all = await run(['replay', 'crm'], 200, { replayed: 10_000, more: true });
    expect(all.bodies).toEqual([{}]);
    expect(all.out).toContain('there are more');
  });

  it('says what the engine refused, as JSON where that is asked for', async () => {
    const problem = { code: 'not_found', detail: 'There is no webhook of this name.', status: 404 };
    const { out, err, code } = await run(['show', 'x', '--json'], 404, problem);
    expect(JSON.parse(out)).toMatchObject({ code: 'not_found' });
    expect(err).toContain('(not_found)');
    expect(code).toBe(1);
  });
});
