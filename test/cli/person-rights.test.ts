import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerExport } from '../../src/cli/export.ts';
import { registerRestrict } from '../../src/cli/restrict.ts';
import { registerRetention } from '../../src/cli/retention.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { runAgainst } from './answering-engine.ts';

const ID = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
const job = { id: 'j-1', status: 'done', result: {} };

describe('tessera export', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = createTemporaryDirectory();
  });
  afterEach(() => directory.remove());

  it('waits for the export, reads it once, and writes it for its owner alone', async () => {
    const out = join(directory.path, 'person.json');
    const link = '/v1/privacy/exports/x-1/file?token=abc';
    const ran = await runAgainst(
      [
        [202, { job: { id: 'j-1', status: 'queued' }, export: { id: 'x-1' } }],
        [200, job],
        [200, { id: 'x-1', status: 'ready', bytes: 12, link }],
        [200, { format: 'tessera.export' }],
      ],
      registerExport,
      ['export', 'phone:13900001111', '--out', out],
    );
    expect([ran.code, ran.err]).toEqual([0, expect.any(String)]);
    expect(ran.bodies).toEqual([{ identifier: 'phone:13900001111' }]);
    expect(ran.asked.at(-1)).toBe(`GET ${link}`);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual({ format: 'tessera.export' });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    // The link is good for nothing any more, and is not printed.
    expect(ran.out).not.toContain('token');
  });

  it('asks for nothing where the file is there already', async () => {
    const out = join(directory.path, 'person.json');
    writeFileSync(out, 'mine');
    const ran = await runAgainst([], registerExport, ['export', ID, '--out', out]);
    expect([ran.code, ran.asked]).toEqual([1, []]);
    expect(readFileSync(out, 'utf8')).toBe('mine');
  });
});

describe('tessera restrict', () => {
  const restricted = { profile_id: ID, restricted: true, since: 0, reason: 'a\u001bb', author: 'server' };

  it('restricts, lifts and shows', async () => {
    const run = (args: readonly string[], answer: object) =>
      runAgainst([[200, { ...answer }]], registerRestrict, ['restrict', ...args]);
    const put = await run([ID, '--reason', 'by letter'], restricted);
    expect(put.requests).toEqual([
      `POST /v1/privacy/restrictions {"profile_id":"${ID}","reason":"by letter"}`,
    ]);
    expect(put.out).toBe(`${ID}: restricted since 1970-01-01T00:00:00.000Z by server: a?b\n`);
    const lifted = await run(['phone:1', '--lift', '--reason', 'a b'], { profile_id: ID, restricted: false });
    expect(lifted.asked).toEqual(['DELETE /v1/privacy/restrictions/phone%3A1?reason=a%20b']);
    expect(lifted.out).toBe(`${ID}: not restricted\n`);
    expect((await run(['phone:1', '--show'], restricted)).asked).toEqual([
      'GET /v1/privacy/restrictions/phone%3A1',
    ]);
  });
});

describe('tessera retention', () => {
  const run = (args: readonly string[], result: object) =>
    runAgainst(
      [
        [202, { job: { id: 'j-1', status: 'queued' } }],
        [200, { ...job, result: { ...result } }],
      ],
      registerRetention,
      ['retention', ...args],
    );

  it('only counts unless it is told to let go', async () => {
    const rows = [{ rule: 'browsing', table: 'events', types: ['product_viewed'], before: 0, rows: 7 }];
    const dormant = { rule: 'dormant', days: 1095, profiles: 2, staying: { points: 14 } };
    const counted = await run([], { dry_run: true, rows, dormant });
    expect(counted.bodies).toEqual([{ dry_run: true }]);
    expect(counted.out).toBe(
      'browsing: 7 rows of events (product_viewed) before 1970-01-01 would go\n' +
        'dormant: 2 people quiet for 1095 days; 14 stay for points\n',
    );
    const gone = await run(['--run'], { dry_run: false, rows, dormant: null });
    expect(gone.bodies).toEqual([{ dry_run: false }]);
    expect(gone.out).toContain('gone');
    expect((await run([], { dry_run: true, rows: [], dormant: null })).out).toBe('no rules of retention\n');
  });
});
