import { describe, expect, it } from 'vitest';
import { registerQuarantine } from '../../src/cli/quarantine.ts';
import { registerReplay } from '../../src/cli/replay.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { runAgainst } from './answering-engine.ts';

const look = (args: readonly string[], body: JsonObject, status = 200) =>
  runAgainst([[status, body]], registerQuarantine, ['quarantine', ...args]);
const replay = (args: readonly string[], answers: readonly [number, JsonObject][]) =>
  runAgainst(answers, registerReplay, ['replay', ...args]);

const kept: JsonObject = {
  id: 'q-1',
  type: 'product_viewed',
  source: 'web',
  received_at: 0,
  code: 'invalid_amount',
  path: '/properties/\u001b[31m',
  message: 'No.',
  state: 'waiting',
  attempts: 1,
};

describe('tessera quarantine', () => {
  it('lists kept events without what would reach the terminal, and pages on', async () => {
    const args = [
      'list',
      '--code',
      'invalid_amount',
      '--state',
      'waiting',
      '--schema',
      'a@1',
      '--limit',
      '1',
    ];
    const { asked, out, code } = await look(args, { quarantined: [kept], next: '1-2-3-4-5' });
    expect(asked).toEqual([
      'GET /v1/quarantine?code=invalid_amount&schema_version=a%401&state=waiting&limit=1',
    ]);
    expect(out).toMatch(
      /q-1 +1970-01-01T00:00:00.000Z +web +product_viewed +invalid_amount +\/properties\/\?\[31m/,
    );
    expect(out).toContain('more: --before 1-2-3-4-5');
    expect(code).toBe(0);
    expect((await look(['list'], { quarantined: [] })).out).toBe('none\n');
  });

  it('counts by what it is told', async () => {
    const row = { code: 'c', type: 't', events: 3, waiting: 1, replayed: 2, given_up: 0, example: 'q-1' };
    const { asked, out } = await look(['counts', '--by', 'code,type'], { events: 3, counts: [row] });
    expect(asked).toEqual(['GET /v1/quarantine/counts?by=code%2Ctype']);
    expect(out).toMatch(/^code +type +events/);
    expect(out).toMatch(/c +t +3 +1 +2 +0 +q-1\n3 events\n$/);
  });

  it('shows one event with its attempts', async () => {
    const tried = [{ at: 0, author: 'ops', status: 'rejected', code: 'c', path: '/a', message: 'No.' }];
    const { asked, out } = await look(['show', 'q/1'], {
      ...kept,
      tried,
      payload: { type: 'a' },
      masked: true,
    });
    expect(asked).toEqual(['GET /v1/quarantine/q%2F1']);
    expect(out).toContain('1970-01-01T00:00:00.000Z  ops     rejected  c     /a    No.');
    expect(out).toContain('{\n  "type": "a"\n}');
  });

  it('says what the engine refused', async () => {
    const { err, code } = await look(
      ['show', 'q-9'],
      { code: 'not_found', detail: 'None.', status: 404 },
      404,
    );
    expect([err, code]).toEqual(['quarantine: None. (not_found)\n', 1]);
  });
});

describe('tessera replay', () => {
  const job = (result: JsonObject): readonly [number, JsonObject][] => [
    [202, { job: { id: 'j-1', status: 'done', result } }],
  ];
  const done = {
    dry_run: false,
    events: 5,
    replayed: 5,
    outcomes: { applied: 5 },
    failed: [],
    given_up: 0,
    unknown: 0,
  };

  it('replays what matches, and tells how that went', async () => {
    const { requests, out, code } = await replay(['--code', 'c', '--from', '2026-11-21'], job(done));
    expect(requests[0]).toBe(
      'POST /v1/quarantine/replays {"filter":{"code":"c","from":"2026-11-21"},"dry_run":false}',
    );
    expect(out).toBe('5 of 5 replayed (5 applied)\n');
    expect(code).toBe(0);
  });

  it('ends with 3 where something failed again', async () => {
    const examples = [{ quarantine_id: 'q-1', path: '/a', message: 'No.' }];
    const failed = [{ code: 'schema_violation', count: 2, examples }];
    const result = { ...done, dry_run: true, replayed: 3, outcomes: {}, failed, given_up: 1, unknown: 1 };
    const { requests, out, code } = await replay(['--all', '--dry-run'], job(result));
    expect(requests[0]).toBe('POST /v1/quarantine/replays {"all":true,"dry_run":true}');
    expect(out).toContain('3 of 5 would be taken now\n');
    expect(out).toMatch(/schema_violation +2 +q-1 +\/a +No\./);
    expect(out).toContain('1 given up');
    expect(code).toBe(3);
  });

  it('takes ids, and says of each what failed', async () => {
    const replayed = [
      { quarantine_id: 'q-1', status: 'accepted', outcome: 'applied' },
      { quarantine_id: 'q-2', status: 'rejected', code: 'c', path: '/a', message: 'No.' },
      { quarantine_id: 'q-3', status: 'accepted', outcome: 'quarantined', code: 'profile_full' },
    ];
    const { out, code } = await replay(['q-1', 'q-2', 'q-3', '--json'], [[200, { replayed }]]);
    expect(JSON.parse(out)).toMatchObject({
      events: 3,
      replayed: 1,
      failed: [
        { code: 'c', count: 1 },
        { code: 'profile_full', count: 1 },
      ],
    });
    expect(code).toBe(3);
  });

  it.each([[[]], [['q-1', '--all']], [['--all', '--code', 'c']]])(
    'does not guess what %j means',
    async (args) => {
      const { asked, err, code } = await replay(args, []);
      expect(asked).toEqual([]);
      expect(err).toContain('Say which events');
      expect(code).toBe(1);
    },
  );
});
