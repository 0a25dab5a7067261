import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditShop } from '../e2e/support/audit-shop.ts';
import { createRandom, killPlan } from '../e2e/support/seeded-random.ts';
import { eventOf, inventShop, type ShopLine } from '../e2e/support/shop.ts';
import { startSingleSender } from '../e2e/support/single-sender.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { Deployment } from './deployment.ts';

/*
 * What docs/backup.md says of servers, step by step: the state is copied first and the logs last, under load, so that each copy is
 * newer than the one before it. History lies with node `a` here.
 */
const { seed } = killPlan();

describe(`a deployment on servers that is restored from copies (KILL_SEED=${seed})`, () => {
  const deployment = new Deployment('backup');
  const lines = new Map<string, ShopLine>();

  beforeAll(async () => {
    await deployment.start(['a']);
    const shop = { random: createRandom(seed), count: 3_000, prefix: 's', crowd: 's', people: 80 };
    for (const line of inventShop(shop)) lines.set(line.id, line);
  }, 120_000);
  afterAll(() => deployment.remove());

  it('has everything that the logs had, and takes what came later once it is sent again', async () => {
    const sender = startSingleSender(
      [...lines.values()],
      () => deployment.running()[0]?.api,
      () => pause(20),
    );
    await waitUntil('some have been sent', async () => sender.acknowledged.size > 500);
    const redis = deployment.saveRedis('backup');
    await waitUntil('more have been sent', async () => sender.acknowledged.size > 1_000);
    await deployment.node('a').process.stop();
    await sender.stop();
    const [history, nats] = ['history', 'nats'].map((name) => `${redis}-${name}`) as [string, string];
    cpSync(join(deployment.directoryOf('a'), 'history'), history, { recursive: true });
    await deployment.nats.stop();
    cpSync(deployment.nats.directory, nats, { recursive: true });

    rmSync(deployment.directoryOf('a'), { recursive: true });
    mkdirSync(deployment.directoryOf('a'));
    cpSync(history, join(deployment.directoryOf('a'), 'history'), { recursive: true });
    rmSync(deployment.nats.directory, { recursive: true });
    cpSync(nats, deployment.nats.directory, { recursive: true });
    await deployment.rollbackRedis(redis);
    await deployment.nats.restart();
    const { api } = await deployment.startNode('a');
    const story = `KILL_SEED=${seed}`;
    await auditShop(api, { lines, acknowledged: sender.acknowledged }, story);
    const all = [...lines.values()];
    for (let at = 0; at < all.length; at += 500) {
      const batch = all.slice(at, at + 500).map(eventOf);
      expect((await api.post('/v1/events', batch)).status, story).toBe(202);
    }
    await auditShop(api, { lines, acknowledged: new Set(lines.keys()) }, `${story}, sent again`);
  }, 300_000);
});
