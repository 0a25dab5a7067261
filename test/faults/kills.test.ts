import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createRandom, killPlan, type Random } from '../e2e/support/seeded-random.ts';
import { describeWith } from '../support/find-server.ts';
import { CrowdTraffic } from './crowd-traffic.ts';
import { Deployment, type NodeName } from './deployment.ts';

/** `KILL_ROUNDS=200 KILL_SEED=…` runs a longer series, and the same one again. */
const { rounds, seed } = killPlan(20);
const EVENTS = 120;
const AUDIT_EVERY = 10;

/** What dies; history is written by node a. */
const VICTIMS = ['a', 'b', 'redis', 'nats'] as const;

describeWith(['redis-server', 'nats-server'], `${rounds} kills at moments of seed ${seed}`, () => {
  const deployment = new Deployment();
  afterAll(() => deployment.remove());

  it(
    'lose nothing that was acknowledged and count nothing twice',
    async () => {
      const random = createRandom(seed);
      await deployment.start(['a', 'b']);
      const traffic = new CrowdTraffic(() => deployment.running(), random);
      for (let round = 0; round < rounds; round += 1) {
        const victim = random.pick(VICTIMS);
        const sending = traffic.send(EVENTS);
        await pause(random.between(0, 900));
        await strike(victim, random, deployment);
        await sending;
        if ((round + 1) % AUDIT_EVERY !== 0 && round + 1 !== rounds) continue;
        const story = `KILL_SEED=${seed}, round ${round + 1}, ${victim} died last`;
        await traffic.audit(deployment.node('b'), deployment.node('a'), story).catch((error: unknown) => {
          console.error(deployment.output());
          throw error;
        });
      }
      const { acknowledged, refusals } = traffic;
      console.info(
        `kills: seed ${seed}, ${rounds} rounds, ${acknowledged.size} acknowledged, ${refusals} refusals`,
      );
      expect(acknowledged.size).toBe(rounds * EVENTS);
    },
    120_000 + rounds * 30_000,
  );
});

async function strike(
  victim: (typeof VICTIMS)[number],
  random: Random,
  deployment: Deployment,
): Promise<void> {
  const away = random.between(0, 1_500);
  if (victim === 'redis' || victim === 'nats') {
    await deployment[victim].kill();
    await pause(away);
    await deployment[victim].restart();
    return;
  }
  const name: NodeName = victim;
  await deployment.killNode(name);
  await pause(away);
  await deployment.startNode(name);
}
