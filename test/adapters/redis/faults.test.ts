import { cpSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openRedisConnection, type RedisConnectionOptions } from '../../../src/adapters/redis/connection.ts';
import { createFunctionLibrary } from '../../../src/adapters/redis/function-library.ts';
import { openRedisStateStore, type RedisStateStore } from '../../../src/adapters/redis/state-store.ts';
import type { Commit } from '../../../src/ports/state.ts';
import { checkpoint, commitOf } from '../../conformance/state-store.ts';
import { startTcpProxy } from '../../faults/tcp-proxy.ts';
import { describeWith } from '../../support/find-server.ts';
import {
  askRedis,
  type PrivateServer,
  type RedisOptions,
  startRedis,
  startRedisCluster,
} from '../../support/servers.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function redis(options: RedisOptions = {}): Promise<PrivateServer> {
  const server = await startRedis(options);
  cleanups.push(() => server.remove());
  return server;
}

async function open(url: string, options: Partial<RedisConnectionOptions> = {}): Promise<RedisStateStore> {
  const connection = openRedisConnection({ url, ...options });
  cleanups.push(() => connection.close());
  await connection.check();
  return openRedisStateStore(connection, { space: 'main' });
}

async function proxied(server: PrivateServer) {
  const proxy = await startTcpProxy(server);
  cleanups.push(() => proxy.close());
  return { proxy, url: `redis://127.0.0.1:${proxy.port}` };
}

const AWAY = { code: 'state_unavailable', retryable: true };

/** Asks again until the server is found. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      expect(error).toMatchObject(AWAY);
      if (tries > 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** How many calls of functions the server has seen. */
async function callsOf(server: PrivateServer): Promise<number> {
  const stats = await askRedis(server.port, 'INFO commandstats');
  return Number(/cmdstat_fcall:calls=(\d+)/.exec(stats)?.[1]);
}

/** A commit from version n to n + 1 that leaves the number everywhere. */
function numbered(n: number): Commit {
  const entries = { 'f/one/x': String(n + 1), [`f/each-${n + 1}/x`]: 'here', 'n/definitions': String(n + 1) };
  const next = { ...checkpoint(n + 1), spooled: n + 1 };
  return { ...commitOf(n, entries), next, spool: Buffer.from(`rows ${n + 1}`) };
}

/** What version of itself the partition shows, the same everywhere. */
async function versionOf(store: RedisStateStore): Promise<number> {
  const version = (await store.checkpoint('p0'))?.version ?? 0;
  const [one, definitions] = await store.read('p0', ['f/one/x', 'n/definitions']);
  const expected = version === 0 ? undefined : String(version);
  expect([one?.toString(), definitions?.toString()]).toEqual([expected, expected]);
  const spool = await store.readSpool('p0', 0, 1_000_000);
  const done = (await store.cursor('p0'))?.done ?? 0;
  expect(done).toBeLessThanOrEqual(version);
  expect(spool.map(({ n }) => n)).toEqual(Array.from({ length: version - done }, (_, n) => done + n + 1));
  const each = await store.scan('p0', 'f/each-', '', 10_000);
  expect(each.map(([key]) => key).sort()).toEqual(
    Array.from({ length: version }, (_, n) => `f/each-${n + 1}/x`).sort(),
  );
  return version;
}

describeWith(['redis-server'], 'state on Redis under faults', () => {
  it('says that a commit may or may not have happened when its answer is lost, and never sends it again', async () => {
    const server = await redis();
    const { proxy, url } = await proxied(server);
    const store = await open(url);
    const direct = await open(server.url);
    await store.commit('p0', numbered(0));
    const before = await callsOf(server);
    proxy.breakAfter('down', 0, 'reset');
    await expect(store.commit('p0', numbered(1))).rejects.toMatchObject(AWAY);
    expect((await patiently(async () => await store.checkpoint('p0')))?.version).toBe(2);
    expect(await callsOf(server)).toBe(before + 1);
    expect(await versionOf(direct)).toBe(2);
    expect(await patiently(() => store.commit('p0', numbered(1)))).toBe('conflict');
    expect(await store.commit('p0', numbered(2))).toBe('committed');
  });

  it.each(['cut', 'reset'] as const)('writes nothing of a commit that arrives in part (%s)', async (how) => {
    const server = await redis();
    const { proxy, url } = await proxied(server);
    const store = await open(url);
    const direct = await open(server.url);
    await store.commit('p0', numbered(0));
    const large = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f/${n}/x`, 'y'.repeat(1_000)]));
    for (const bytes of [10, 5_000, 300_000]) {
      proxy.breakAfter('up', bytes, how);
      await expect(store.commit('p0', commitOf(1, large))).rejects.toMatchObject(AWAY);
      expect(await versionOf(direct)).toBe(1);
      await patiently(async () => await store.checkpoint('p0'));
    }
  });

  it('gives up a connection on which an answer is overdue, and finds the server again', async () => {
    const server = await redis();
    const { proxy, url } = await proxied(server);
    const store = await open(url, { answerMs: 150 });
    await store.commit('p0', numbered(0));
    proxy.break('half-open');
    await expect(store.commit('p0', numbered(1))).rejects.toMatchObject(AWAY);
    await expect(store.checkpoint('p0')).rejects.toMatchObject(AWAY);
    proxy.heal();
    expect(await patiently(() => versionOf(store))).toBe(1);
  });

  it('fails at once while the server is away, and goes on where it was when it comes back', async () => {
    const server = await redis({ appendonly: true, appendfsync: 'always' });
    const store = await open(server.url);
    await store.commit('p0', numbered(0));
    await server.kill();
    for (const call of [
      () => store.commit('p0', numbered(1)),
      () => store.load('p0', 1, ['a']),
      () => store.checkpoint('p0'),
      () => store.scan('p0', '', '', 1),
      () => store.readSpool('p0', 0, 1),
      () => store.saveCursor('p0', { done: 1 }, undefined),
    ])
      await expect(call()).rejects.toMatchObject(AWAY);
    await server.restart();
    expect(await patiently(() => versionOf(store))).toBe(1);
    expect(await store.commit('p0', numbered(1))).toBe('committed');
  });

  it('keeps every commit that it answered when the server is killed at any moment (appendfsync always)', async () => {
    const server = await redis({ appendonly: true, appendfsync: 'always' });
    const store = await open(server.url);
    for (let round = 0; round < 5; round += 1) {
      let acknowledged = await patiently(() => versionOf(store));
      const killed = new Promise((resolve) => setTimeout(resolve, 5 + round * 7)).then(() => server.kill());
      try {
        for (;;) {
          expect(await store.commit('p0', numbered(acknowledged))).toBe('committed');
          acknowledged += 1;
        }
      } catch (error) {
        expect(error).toMatchObject(AWAY);
      }
      await killed;
      await server.restart();
      const found = await patiently(() => versionOf(store));
      expect([acknowledged, acknowledged + 1]).toContain(found);
    }
  });

  it('steps back as a whole when the append-only file loses its tail anywhere', async () => {
    const server = await redis({ appendonly: true, appendfsync: 'always' });
    const store = await open(server.url);
    for (let n = 0; n < 40; n += 1) {
      await store.commit('p0', numbered(n));
      if (n % 8 === 4) {
        const before = await store.cursor('p0');
        await store.saveCursor('p0', { done: n - 1 }, before);
        await store.trimSpool('p0', n - 1);
      }
    }
    await server.kill();
    const folder = join(server.directory, 'appendonlydir');
    const name = readdirSync(folder).find((one) => one.endsWith('.incr.aof')) ?? '';
    const whole = join(server.directory, 'whole');
    cpSync(folder, whole, { recursive: true });
    const size = statSync(join(whole, name)).size;
    const seen = new Set<number>();
    for (let part = 1; part <= 12; part += 1) {
      rmSync(folder, { recursive: true });
      cpSync(whole, folder, { recursive: true });
      truncateSync(join(folder, name), Math.floor((size * part * 0.9731) / 12));
      await server.restart();
      const version = await patiently(() => versionOf(store));
      seen.add(version);
      // The way forward is open from there, and only from there.
      expect(await store.commit('p0', numbered(version + 1))).toBe('conflict');
      expect(await store.commit('p0', numbered(version))).toBe('committed');
      await server.kill();
    }
    expect(seen.size).toBeGreaterThan(8);
  });

  it('conflicts after FLUSHALL instead of going on over nothing', async () => {
    const server = await redis();
    const store = await open(server.url);
    for (let n = 0; n < 3; n += 1) await store.commit('p0', numbered(n));
    await askRedis(server.port, 'FLUSHALL');
    expect(await store.commit('p0', numbered(3))).toBe('conflict');
    expect(await store.load('p0', 3, ['n/definitions'])).toBe('conflict');
    expect(await versionOf(store)).toBe(0);
    expect(await store.commit('p0', numbered(0))).toBe('committed');
  });

  it('loads its functions again when somebody flushes them, under many calls at once', async () => {
    const server = await redis();
    const store = await open(server.url);
    await store.commit('p0', numbered(0));
    await askRedis(server.port, 'FUNCTION FLUSH');
    const answers = await Promise.all([
      store.commit('p0', numbered(1)),
      ...Array.from({ length: 20 }, () => store.read('p1', ['a'])),
    ]);
    expect(answers[0]).toBe('committed');
    expect(await versionOf(store)).toBe(2);
  });

  it('works beside another version of itself', async () => {
    const server = await redis();
    const older = createFunctionLibrary('an older one');
    const stores = [await open(server.url), await open(server.url, { library: older })];
    for (let n = 0; n < 4; n += 1) {
      expect(await stores[n % 2]?.commit('p0', numbered(n))).toBe('committed');
      expect(await stores[(n + 1) % 2]?.commit('p0', numbered(n))).toBe('conflict');
    }
    expect(older.name).not.toBe(createFunctionLibrary().name);
  });

  it.each([
    ['{main:p0}:meta', 'SET'],
    ['{main:p0}:index', 'SET'],
    ['{main:p0}:spool', 'SET'],
    ['{main:p0}:b:n/', 'SET'],
    ['{main:p0}:b:f/one/', 'SET'],
  ])('writes nothing when %s holds something else', async (key, command) => {
    const server = await redis();
    const store = await open(server.url);
    await askRedis(server.port, `${command} ${key} foreign`);
    const before = await askRedis(server.port, 'DBSIZE');
    await expect(store.commit('p0', numbered(0))).rejects.toMatchObject({ code: 'data_format' });
    expect(await askRedis(server.port, 'DBSIZE')).toBe(before);
    await askRedis(server.port, `DEL ${key}`);
    expect(await store.commit('p0', numbered(0))).toBe('committed');
  });

  it('refuses commits while memory is full, still reads, and takes them again once the spool is trimmed', async () => {
    const server = await redis();
    const store = await open(server.url);
    let version = 0;
    const next = (): Commit => ({ ...numbered(version), spool: Buffer.alloc(200_000, 7) });
    for (; version < 10; version += 1) await store.commit('p0', next());
    const used = /used_memory:(\d+)/.exec(await askRedis(server.port, 'INFO memory'))?.[1];
    await askRedis(server.port, `CONFIG SET maxmemory ${used}`);
    await store.commit('p0', next()).catch(() => undefined);
    await expect(store.commit('p0', next())).rejects.toMatchObject(AWAY);
    version = (await store.checkpoint('p0'))?.version ?? 0;
    expect((await store.read('p0', ['n/definitions']))[0]?.toString()).toBe(String(version));
    const entries = await store.readSpool('p0', 0, 10);
    expect(entries.map(({ n }) => n)).toEqual([1]);
    expect(await store.saveCursor('p0', { done: version }, undefined)).toBe('saved');
    await store.trimSpool('p0', version);
    expect(await store.spoolBytes('p0')).toBe(0);
    expect(await store.commit('p0', next())).toBe('committed');
    expect(await store.spoolBytes('p0')).toBe(200_000);
  });

  it('waits out a script of somebody else that holds the server', async () => {
    const server = await redis({ extra: ['--busy-reply-threshold', '20'] });
    const store = await open(server.url);
    await store.commit('p0', numbered(0));
    const hog = askRedis(server.port, 'EVAL "while true do end" 0').catch(() => 'killed');
    await expect(
      (async () => {
        for (;;) await store.checkpoint('p0');
      })(),
    ).rejects.toMatchObject(AWAY);
    await expect(store.commit('p0', numbered(1))).rejects.toMatchObject(AWAY);
    await askRedis(server.port, 'SCRIPT KILL');
    await hog;
    expect(await patiently(() => versionOf(store))).toBe(1);
    expect(await store.commit('p0', numbered(1))).toBe('committed');
  });
});

describeWith(['redis-server'], 'state on a Redis Cluster under faults', () => {
  const NAMES = Array.from({ length: 12 }, (_, n) => `p${n}`);

  async function cluster(options: RedisOptions = {}) {
    const servers = await startRedisCluster(3, { appendonly: true, appendfsync: 'always', ...options });
    cleanups.push(() => Promise.all(servers.map((server) => server.remove())));
    const url = `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
    return { servers, store: await open(url) };
  }

  it('loses only the partitions of the node that is away, and finds them again', async () => {
    // Without this the others would refuse everything as well, which is the default and safe too.
    const { servers, store } = await cluster({ extra: ['--cluster-require-full-coverage', 'no'] });
    for (const name of NAMES) await store.commit(name, commitOf(0, { a: name }));
    await servers[1]?.kill();
    const outcomes = await Promise.allSettled(
      NAMES.map((name) => store.commit(name, commitOf(1, { a: 'b' }))),
    );
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(NAMES.length);
    for (const reason of failed) expect(reason).toMatchObject(AWAY);
    await servers[1]?.restart();
    for (const [at, name] of NAMES.entries()) {
      const version = outcomes[at]?.status === 'fulfilled' ? 2 : 1;
      expect((await patiently(async () => await store.checkpoint(name)))?.version).toBe(version);
      expect(await patiently(() => store.commit(name, commitOf(version, { a: 'c' })))).toBe('committed');
    }
  });

  it('refuses calls on a slot that is half moved, never reading what moved as absent, and follows it', async () => {
    const { servers, store } = await cluster();
    await store.commit('p0', numbered(0));
    const slot = (await askRedis(servers[0]?.port ?? 0, 'CLUSTER KEYSLOT {main:p0}')).slice(1).trim();
    const ids: string[] = [];
    for (const { port } of servers) ids.push((await askRedis(port, 'CLUSTER MYID')).split('\r\n')[1] ?? '');
    const held = await Promise.all(
      servers.map(({ port }) => askRedis(port, `CLUSTER COUNTKEYSINSLOT ${slot}`)),
    );
    const from = held.findIndex((count) => !count.startsWith(':0'));
    const to = (from + 1) % 3;
    const [source, target] = [servers[from], servers[to]];
    if (source === undefined || target === undefined) throw new Error('no node has the slot');
    await askRedis(target.port, `CLUSTER SETSLOT ${slot} IMPORTING ${ids[from]}`);
    await askRedis(source.port, `CLUSTER SETSLOT ${slot} MIGRATING ${ids[to]}`);
    const move = (key: string): Promise<string> =>
      askRedis(source.port, `MIGRATE 127.0.0.1 ${target.port} ${key} 0 5000`);
    expect(await move('{main:p0}:b:f/one/')).toContain('OK');
    await expect(store.commit('p0', numbered(1))).rejects.toMatchObject(AWAY);
    await expect(store.load('p0', 1, ['f/one/x', 'n/definitions'])).rejects.toMatchObject(AWAY);
    await expect(store.scan('p0', '', '', 100)).rejects.toMatchObject(AWAY);
    for (const key of ['b:n/', 'b:f/each-1/', 'meta', 'index', 'spool']) await move(`{main:p0}:${key}`);
    for (const { port } of servers) await askRedis(port, `CLUSTER SETSLOT ${slot} NODE ${ids[to]}`);
    expect(await patiently(() => versionOf(store))).toBe(1);
    expect(await patiently(() => store.commit('p0', numbered(1)))).toBe('committed');
    expect(await versionOf(store)).toBe(2);
  });
});
