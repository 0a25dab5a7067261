import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeSpool } from '../../conformance/spool.ts';
import { describeStateStore } from '../../conformance/state-store.ts';
import { describeWith } from '../../support/find-server.ts';
import { type PrivateServer, startRedis, startRedisCluster } from '../../support/servers.ts';
import { redisSuite } from './redis-suite.ts';

/** V8 takes some 120,000 arguments. */
const MANY = 200_000;
const SHARE = 5_000;

describeWith(['redis-server'], 'state on one Redis', () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.remove());
  const suite = redisSuite('redis', () => server.url);
  describeStateStore(suite);
  describeSpool(suite);

  it('scans a bucket with more entries than a call takes arguments', async () => {
    const home = await suite.createHome();
    const store = await home.open();
    try {
      // People of the same four seconds, on one day.
      const keyOf = (n: number) => `d/20000/01a20816-98${String(n).padStart(8, '0')}`;
      for (let n = 0; n < MANY; n += SHARE) {
        const expected = n / SHARE;
        const next = {
          seq: expected + 1,
          digest: 0,
          version: expected + 1,
          taken: {},
          given: {},
          spooled: 0,
        };
        const names = Array.from({ length: SHARE }, (_, at) => keyOf(n + at));
        const entries = new Map(names.map((name) => [name, Buffer.of(1)]));
        expect(await store.commit('p0', { expected, next, entries })).toBe('committed');
      }
      const found = await store.scan('p0', 'd/', keyOf(MANY - 3), 10);
      expect(found.map(([key]) => key)).toEqual([keyOf(MANY - 2), keyOf(MANY - 1)]);
    } finally {
      await home.close(store);
      await home.remove();
    }
  }, 60_000);
});

describeWith(['redis-server'], 'state on a Redis Cluster', () => {
  let servers: PrivateServer[] = [];
  beforeAll(async () => {
    servers = await startRedisCluster(3);
  });
  afterAll(async () => {
    for (const server of servers) await server.remove();
  });
  const suite = redisSuite('redis cluster', () => {
    return `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  });
  describeStateStore(suite);
  describeSpool(suite);
});
