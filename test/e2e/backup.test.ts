import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditShop } from './support/audit-shop.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { MAIN, type RunningEngine } from './support/engine-process.ts';
import { testedOn } from './support/engine-storage.ts';
import { createRandom, killPlan } from './support/seeded-random.ts';
import { eventOf, inventShop, type ShopLine } from './support/shop.ts';
import { type SingleSender, startSingleSender } from './support/single-sender.ts';
import { waitUntil } from './support/wait-until.ts';

const { seed } = killPlan();
/** Is erased after the backup. */
const GONE: ShopLine = { id: 'gone', kind: 'view', member: 'gone-1', cents: 0 };

/** A command as an operator types it; what it prints and its exit code. */
async function tessera(...args: readonly string[]): Promise<{ code: number; text: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...args]);
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

function keyFlags(api: EngineApi): readonly string[] {
  return ['--url', api.address, '--key', api.secretKey, '--json'];
}

/** Servers are backed up by means of their own. */
describe.skipIf(testedOn === 'servers')(`a backup that is made under load (KILL_SEED=${seed})`, () => {
  const place = new EnginePlace();
  const lines = new Map<string, ShopLine>();
  let engine: RunningEngine;
  let acknowledged: ReadonlySet<string>;
  let backup = '';

  beforeAll(async () => {
    engine = await place.start();
    lines.set('gone', GONE);
    const shop = { random: createRandom(seed), count: 3_000, prefix: 'b', crowd: 'b', people: 80 };
    for (const line of inventShop(shop)) lines.set(line.id, line);
    const sender = startSingleSender(
      [...lines.values()],
      () => engine.api,
      () => pause(20),
    );
    await waitUntil('some have been sent', async () => sender.acknowledged.size > 600);
    backup = await makeBackup(engine.api, sender);
    await waitUntil('more have been sent', async () => sender.acknowledged.size > 2_500);
    await sender.stop();
    acknowledged = sender.acknowledged;
    await engine.process.kill();
  }, 180_000);
  afterAll(() => place.remove());

  async function makeBackup(api: EngineApi, sender: SingleSender): Promise<string> {
    const before = sender.acknowledged.size;
    const { code, text } = await tessera('backup', 'nightly', ...keyFlags(api));
    expect(code, text).toBe(0);
    // The engine went on taking events meanwhile.
    expect(sender.acknowledged.size).toBeGreaterThan(before);
    return (JSON.parse(text) as { path: string }).path;
  }

  async function erase(api: EngineApi): Promise<void> {
    const { body } = await api.post('/v1/privacy/erasures', { identifier: `member_id:${GONE.member}` });
    const done = async () => (await api.get(`/v1/privacy/erasures/${body.id}`)).body.status === 'done';
    await waitUntil('the erasure', done);
  }

  async function restore(...flags: readonly string[]): Promise<{ code: number; text: string }> {
    return await tessera('restore', backup, '--data-dir', place.dataDirectory, '--json', ...flags);
  }

  it('is one directory with a manifest, for whoever has the scope admin', async () => {
    expect(readdirSync(backup).sort()).toEqual(
      ['fingerprint', 'history.tar', 'log.mdb', 'manifest.json', 'secrets.json', 'state.mdb'].sort(),
    );
    expect(backup).toBe(`${place.dataDirectory}.backups/nightly`);
  });

  it('brings back state and history where the log has survived: nothing that was acknowledged is missing', async () => {
    for (const part of ['state', 'history']) rmSync(join(place.dataDirectory, part), { recursive: true });
    const { code, text } = await restore('--keep-log');
    expect(code, text).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ log_kept: true, erasures: 0 });
    engine = await place.start();
    await auditShop(engine.api, { lines, acknowledged }, `KILL_SEED=${seed}, log kept`);
    await erase(engine.api);
    await engine.process.stop();
  }, 180_000);

  it('is restored into an empty directory; what came later is sent again and the state is that of the books', async () => {
    for (const part of ['state', 'history']) rmSync(join(place.dataDirectory, part), { recursive: true });
    // The log that is there says that the erasure is done, which this copy of history does not know.
    expect(JSON.parse((await restore('--keep-log')).text.split('\n')[0] ?? '')).toMatchObject({
      code: 'backup_before_erasure',
    });
    rmSync(place.dataDirectory, { recursive: true });
    const { code, text } = await restore();
    expect(code, text).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ log_kept: false, erasures: 1 });
    engine = await place.start();
    // Whoever was erased after the backup was made is erased again, before the first request is answered.
    expect((await engine.api.get(`/v1/profiles/member_id:${GONE.member}`)).status).toBe(404);
    const again = new Map([...lines].filter(([, line]) => line !== GONE));
    for (const batch of batches([...again.values()])) {
      expect((await engine.api.post('/v1/events', batch.map(eventOf))).status).toBe(202);
    }
    const sent = { lines: again, acknowledged: new Set(again.keys()) };
    await auditShop(engine.api, sent, `KILL_SEED=${seed}, sent again`);
    const { complete, unexplained } = (await engine.api.get('/v1/analytics/conservation?logs=1')).body;
    expect({ complete, unexplained }).toEqual({ complete: true, unexplained: 0 });
    await engine.process.stop();
  }, 180_000);

  it('is not restored over data, nor when a byte of it differs, nor from a newer version', async () => {
    const target = place.file('other');
    const refusal = async (from: string, to = target): Promise<string> => {
      const { code, text } = await tessera('restore', from, '--data-dir', to, '--json');
      expect(code).toBe(1);
      return String((JSON.parse(text.split('\n')[0] ?? '') as { code: string }).code);
    };
    expect(await refusal(backup, place.dataDirectory)).toBe('directory_not_empty');
    const copy = place.file('copy');
    cpSync(backup, copy, { recursive: true });
    appendFileSync(join(copy, 'state.mdb'), 'x');
    expect(await refusal(copy)).toBe('backup_unreadable');
    expect(existsSync(target)).toBe(false);
    const manifest = readFileSync(join(backup, 'manifest.json'), 'utf8');
    writeFileSync(join(copy, 'manifest.json'), manifest.replace('"format": 1', '"format": 2'));
    expect(await refusal(copy)).toBe('backup_format');
    writeFileSync(join(copy, 'manifest.json'), manifest.replace(/"data_format": \d+/, '"data_format": 99'));
    expect(await refusal(copy)).toBe('backup_format');
    expect(await refusal(place.file('nothing'))).toBe('backup_unreadable');
  });
});

function* batches(all: readonly ShopLine[]): Generator<readonly ShopLine[]> {
  for (let at = 0; at < all.length; at += 500) yield all.slice(at, at + 500);
}
