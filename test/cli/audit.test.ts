import { describe, expect, it } from 'vitest';
import { registerAudit } from '../../src/cli/audit.ts';
import { registerRotateMaster } from '../../src/cli/rotate-master.ts';
import { runAgainst } from './answering-engine.ts';

const HEAD = `local:42:${'A'.repeat(43)}`;
const entry = {
  chain: 'local',
  n: 42,
  at: Date.UTC(2026, 10, 22, 10),
  action: 'personal_data_read',
  author: 'till-12',
  subjects: ['p-1'],
  fields: ['identifiers.phone'],
  target: '',
  via: 'GET /v1/profiles/:id',
  count: 1,
  detail: '',
};

describe('tessera audit', () => {
  it('lists entries as a table, with the filters that are asked for', async () => {
    const argv = ['audit', 'list', '--subject', 'p-1', '--author', 'till 12', '--limit', '1'];
    const ran = await runAgainst([[200, { entries: [entry], next: '1-42-local' }]], registerAudit, argv);
    expect(ran.asked).toEqual(['GET /v1/audit?author=till+12&subject=p-1&limit=1']);
    expect(ran.out.split('\n')).toEqual([
      'at                        action              author   via                   whose and what          on',
      '2026-11-22T10:00:00.000Z  personal_data_read  till-12  GET /v1/profiles/:id  p-1  identifiers.phone',
      'next: 1-42-local',
      '',
    ]);
  });

  it('prints the head alone, so that it can go into a file', async () => {
    const ran = await runAgainst([[200, { head: HEAD }]], registerAudit, ['audit', 'head']);
    expect([ran.out, ran.code]).toEqual([`${HEAD}\n`, 0]);
  });

  it('fails where the log is not whole, and says where', async () => {
    const chains = [{ chain: 'local', entries: 42, head: HEAD }];
    const whole = { ok: true, entries: 42, chains, findings: [] };
    const argv = ['audit', 'verify', '--heads', HEAD];
    const good = await runAgainst([[200, whole]], registerAudit, argv);
    expect(good.asked).toEqual([`GET /v1/audit/verify?heads=${encodeURIComponent(HEAD)}`]);
    expect([good.code, good.out]).toEqual([0, `The audit log is whole: 42 entries.\n  head ${HEAD}\n`]);
    const findings = [{ chain: 'local', n: 17, kind: 'changed' }];
    const bad = await runAgainst([[200, { ...whole, ok: false, findings }]], registerAudit, argv);
    expect(bad.code).toBe(1);
    expect(bad.out).toContain('local entry 17: changed');
  });
});

describe('tessera keys rotate-master', () => {
  const rotate = (unreadable: number) =>
    runAgainst(
      [
        [202, { job: { id: 'j-1', status: 'queued' } }],
        [
          200,
          { id: 'j-1', status: 'done', result: { keys: 9, rewrapped: 8, unreadable, master_key: '5f1c' } },
        ],
      ],
      registerRotateMaster,
      ['rotate-master'],
    );

  it('waits until every key is wrapped anew, and says whether the previous key is needed', async () => {
    const ran = await rotate(0);
    expect(ran.asked).toEqual(['POST /v1/master-key/rotations', 'GET /v1/jobs/j-1']);
    expect(ran.out).toContain('8 of 9 keys were wrapped anew under the master key 5f1c.');
    expect(ran.out).toContain('not needed any more');
    expect((await rotate(1)).out).toContain('TESSERA_MASTER_KEY_PREVIOUS');
  });
});
