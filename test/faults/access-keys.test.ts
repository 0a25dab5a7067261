import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineApi } from '../e2e/support/engine-api.ts';
import { EngineProcess } from '../e2e/support/engine-process.ts';
import { testedOn } from '../e2e/support/engine-storage.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { Deployment } from './deployment.ts';

/** The engine as whoever has the key sees it. */
function withKey({ address }: EngineApi, key: unknown): EngineApi {
  return new EngineApi({ address, write_key: String(key), secret_key: String(key) });
}

/** 200 while the key is good. */
async function statusOf(api: EngineApi, key: unknown): Promise<number> {
  return (await withKey(api, key).get('/v1/profiles?limit=1')).status;
}

const reader = { name: 'reader', kind: 'secret', scopes: ['read'] };
const page = { name: 'page', kind: 'write', events_per_second: 1_000 };

describeWith(['redis-server', 'nats-server'], 'access keys on three nodes', () => {
  const deployment = new Deployment('keys');
  beforeAll(() => deployment.start(['a', 'b', 'c']), 300_000);
  afterAll(() => deployment.remove());
  const apis = (): readonly EngineApi[] =>
    (['a', 'b', 'c'] as const).map((name) => deployment.node(name).api);
  const everywhere = (status: number, key: unknown): Promise<void> =>
    waitUntil(`${status} at all three`, async () => {
      const found = await Promise.all(apis().map((api) => statusOf(api, key)));
      return found.every((each) => each === status);
    });

  it('are good at all of them when one has made them, and at none when another has revoked them', async () => {
    const [a, b, c] = apis() as [EngineApi, EngineApi, EngineApi];
    const { status, body } = await a.post('/v1/keys', reader);
    expect([status, await statusOf(a, body.key)]).toEqual([201, 200]);
    await everywhere(200, body.key);
    const stream = await fetch(`${c.address}/v1/stream/triggers`, {
      headers: { authorization: `Bearer ${body.key}` },
    });
    expect((await b.send('DELETE', `/v1/keys/${body.id}`)).status).toBe(200);
    const revoked = performance.now();
    expect(await statusOf(b, body.key)).toBe(401);
    await everywhere(401, body.key);
    const ms = Math.round(performance.now() - revoked);
    process.stdout.write(`a revoked key was dead on three nodes after ${ms} ms\n`);
    // What was opened with it ends, too.
    await stream.text();
  });

  it('are not lost with a node, nor does one that comes back let in who was revoked while it was away', async () => {
    const [a, b] = apis() as [EngineApi, EngineApi];
    const stays = (await a.post('/v1/keys', { ...reader, name: 'stays' })).body;
    const goes = (await a.post('/v1/keys', { ...reader, name: 'goes' })).body;
    await everywhere(200, goes.key);
    await deployment.killNode('c');
    await waitUntil('somebody else works on its partitions', async () => {
      return (await b.send('DELETE', `/v1/keys/${goes.id}`)).status === 200;
    });
    const { api: c } = await deployment.startNode('c');
    expect([await statusOf(c, stays.key), await statusOf(c, goes.key)]).toEqual([200, 401]);
    const [first, ...others] = await Promise.all(apis().map((api) => api.get('/v1/keys')));
    for (const other of others) expect(other.body).toEqual(first?.body);
  });
});

describe.runIf(testedOn === 'embedded')('access keys in a data directory', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-keys-'));
  let engine: EngineProcess;
  afterAll(async () => {
    await engine.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  it('outlive a kill, and come back the same from the log alone', async () => {
    const first = await EngineProcess.start({ directory, logLevel: 'warn' });
    engine = first.process;
    const good = (await first.api.post('/v1/keys', reader)).body;
    const bad = (await first.api.post('/v1/keys', { ...reader, name: 'bad' })).body;
    const turned = (await first.api.post(`/v1/keys/${good.id}/rotations`, { grace: '1h' })).body;
    await first.api.send('DELETE', `/v1/keys/${bad.id}`);
    const before = (await first.api.get('/v1/keys')).body;
    await first.process.kill();

    rmSync(join(directory, 'state'), { recursive: true });
    const second = await EngineProcess.start({ directory, logLevel: 'warn' });
    engine = second.process;
    expect((await second.api.get('/v1/keys')).body).toEqual(before);
    const statuses = [good, turned, bad].map(({ key }) => statusOf(second.api, key));
    expect(await Promise.all(statuses)).toEqual([200, 200, 401]);
  });

  it('let nobody make two known people one who has a write key alone', async () => {
    const { api } = await restarted();
    const write = (await api.post('/v1/keys', page)).body;
    const told = (user: string, phone: string) => ({
      type: 'profile_identified',
      identifiers: { user_id: user, phone },
    });
    await api.apply([told('ann', '13900001111'), told('bob', '13900002222')]);
    const claims = [
      told('ann', '13900002222'),
      { ...told('bob', '13900001111'), type: 'product_viewed', properties: { item_id: 'mat' } },
      { type: 'members_merged', properties: { merged: 'user_id:ann', into: 'user_id:bob' }, identifiers: {} },
    ];
    const answer = await withKey(api, write.key).post('/v1/events?wait=applied', claims);
    expect(answer.status).toBe(200);
    expect((await api.profile('user_id:ann')).profile_id).not.toBe(
      (await api.profile('user_id:bob')).profile_id,
    );
    expect((await api.profile('phone:13900002222')).profile_id).toBe(
      (await api.profile('user_id:bob')).profile_id,
    );
  });

  async function restarted() {
    await engine.kill();
    const running = await EngineProcess.start({ directory, logLevel: 'warn' });
    engine = running.process;
    return running;
  }
});
