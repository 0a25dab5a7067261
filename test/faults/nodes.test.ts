import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { CrowdTraffic } from './crowd-traffic.ts';
import { Deployment } from './deployment.ts';

const SEED = Number(process.env.FAULT_SEED ?? 11);
const ZOMBIES = Number(process.env.ZOMBIES ?? 3);
const ROLLBACKS = Number(process.env.ROLLBACKS ?? 3);
/** `REDIS_AWAY_S=30` is the whole length that a deployment must stand. */
const REDIS_AWAY_S = Number(process.env.REDIS_AWAY_S ?? 1);
/** Longer than the silence after which a node is taken for gone. */
const PAST_LEASE_MS = 3_000;

describeWith(['redis-server', 'nats-server'], `several nodes (seed ${SEED})`, () => {
  const deployment = new Deployment();
  const random = createRandom(SEED);
  const traffic = new CrowdTraffic(() => deployment.running(), random);
  const audit = (story: string): Promise<void> =>
    traffic.audit(deployment.node('b'), deployment.node('a'), `seed ${SEED}, ${story}`);
  beforeAll(() => deployment.start(['a', 'b', 'c']), 120_000);
  afterAll(() => deployment.remove());

  it('answer for what another of them has applied, and for definitions that another has changed', async () => {
    for (const [n, name] of (['a', 'b', 'c'] as const).entries()) {
      const { api } = deployment.node(name);
      const events = [
        { type: 'product_viewed', identifiers: { user_id: `w-${n}` }, properties: { item_id: 'i' } },
      ];
      for (let turn = 1; turn <= 4; turn += 1) {
        const { body } = await api.apply({ events }, '&include=profile');
        expect(body.results[0].profile.features.views_lifetime.value).toBe(turn);
      }
    }
    const definition = JSON.stringify({ on: ['product_viewed'], aggregate: 'count', window: 'lifetime' });
    const put = await deployment
      .node('c')
      .api.send('PUT', '/v1/definitions/features/of_all_nodes', definition);
    expect(put.status, put.text).toBe(200);
    for (const name of ['a', 'b', 'c'] as const) {
      const { api } = deployment.node(name);
      await waitUntil(`node ${name} has the definition`, async () => {
        return (await api.get('/v1/definitions/features/of_all_nodes')).status === 200;
      });
      await api.apply({
        events: [{ type: 'product_viewed', identifiers: { user_id: 'w-d' }, properties: { item_id: 'i' } }],
      });
    }
    const { features } = await deployment.node('a').api.profile('user_id:w-d');
    expect(features.of_all_nodes?.value).toBe(3);
  }, 120_000);

  it('lose nothing when a fourth joins, one dies and one leaves under load', async () => {
    let sending = traffic.send(300);
    await deployment.startNode('d');
    await sending;
    sending = traffic.send(300);
    await pause(200);
    await deployment.killNode('c');
    await sending;
    sending = traffic.send(200);
    await deployment.node('d').process.stop();
    await sending;
    await audit('a fourth joined, one died, one left');
  }, 240_000);

  it(
    `write nothing stale after they stood still past their lease, ${ZOMBIES} times`,
    async () => {
      await deployment.startNode('c');
      for (let round = 0; round < ZOMBIES; round += 1) {
        const zombie = deployment.node(random.pick(['b', 'c']));
        const sending = traffic.send(120);
        await pause(random.between(0, 400));
        zombie.process.pause();
        await pause(PAST_LEASE_MS);
        zombie.process.resume();
        await sending;
      }
      await audit('zombies came back');
    },
    120_000 + ZOMBIES * 60_000,
  );

  it(
    `come to the same when Redis steps back to an older point, ${ROLLBACKS} times`,
    async () => {
      for (let round = 0; round < ROLLBACKS; round += 1) {
        const copy = deployment.saveRedis(String(round));
        await traffic.send(60);
        await pause(random.between(0, 500));
        await deployment.rollbackRedis(copy);
        await traffic.send(30);
        await audit(`Redis stepped back ${round + 1} times`);
      }
    },
    120_000 + ROLLBACKS * 60_000,
  );

  it('go on accepting while Redis is away, and accept nothing while NATS is', async () => {
    const { api } = deployment.node('b');
    await deployment.redis.kill();
    const events = (id: string) => ({
      events: [
        { id, type: 'product_viewed', identifiers: { user_id: 'away' }, properties: { item_id: 'i' } },
      ],
    });
    let accepted = 0;
    for (const end = performance.now() + REDIS_AWAY_S * 1_000; accepted < 5 || performance.now() < end; ) {
      expect((await api.post('/v1/events', events(`away-${accepted}`))).status).toBe(202);
      accepted += 1;
      await pause(20);
    }
    await waitUntil('readiness tells', async () => {
      const { body } = await api.get('/readyz');
      return JSON.stringify(body).includes('state');
    });
    await deployment.redis.restart();
    await waitUntil('what was accepted is applied', async () => {
      const answer = await api.get('/v1/profiles/user_id%3Aaway');
      return answer.status === 200 && answer.body.features.views_lifetime.value === accepted;
    });
    await deployment.nats.kill();
    await waitUntil('nothing is accepted', async () => {
      const refused = await api.post('/v1/events', events('refused'));
      if (refused.status !== 503) return false;
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      return true;
    });
    await deployment.nats.restart();
    await waitUntil(
      'events are accepted again',
      async () => (await api.post('/v1/events', events('afterwards'))).status === 202,
    );
  }, 240_000);

  it('never see another space on the same servers', async () => {
    const { api } = deployment.node('b');
    const other = new Deployment('elsewhere');
    other.nats = deployment.nats;
    other.redis = deployment.redis;
    const stranger = await other.startNode('a');
    const { body } = await stranger.api.get('/v1/profiles?limit=10');
    expect(body.profiles).toEqual([]);
    await stranger.api.apply({
      events: [
        { type: 'product_viewed', identifiers: { user_id: 'stranger' }, properties: { item_id: 'i' } },
      ],
    });
    expect((await api.get('/v1/profiles/user_id%3Astranger')).status).toBe(404);
    await stranger.process.stop();
  }, 120_000);
});
