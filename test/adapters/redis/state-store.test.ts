import { afterAll, beforeAll } from 'vitest';
import { describeSpool } from '../../conformance/spool.ts';
import { describeStateStore } from '../../conformance/state-store.ts';
import { describeWith } from '../../support/find-server.ts';
import { type PrivateServer, startRedis, startRedisCluster } from '../../support/servers.ts';
import { redisSuite } from './redis-suite.ts';

describeWith(['redis-server'], 'state on one Redis', () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.remove());
  const suite = redisSuite('redis', () => server.url);
  describeStateStore(suite);
  describeSpool(suite);
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
