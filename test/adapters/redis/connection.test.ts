import { afterEach, describe, expect, it } from 'vitest';
import { openRedisConnection } from '../../../src/adapters/redis/connection.ts';
import {
  judgeServers,
  parseInfo,
  type RedisReport,
  type ServerFacts,
} from '../../../src/adapters/redis/server-report.ts';
import { describeWith } from '../../support/find-server.ts';
import { askRedis, type PrivateServer, type RedisOptions, startRedis } from '../../support/servers.ts';

function facts(info: string, appendfsync?: string, address = 'db:6379'): ServerFacts {
  const base = 'redis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\nrole:master\r\nconnected_slaves:1\r\n';
  return { address, info: parseInfo(`# Server\r\n${base}${info}`), appendfsync };
}

describe('what servers say of themselves', () => {
  it.each([
    ['aof_enabled:1', 'always', 'power loss', 0],
    ['aof_enabled:1', 'everysec', 'process crash', 1],
    ['aof_enabled:1', 'no', 'process crash', 1],
    ['aof_enabled:1', undefined, 'process crash', 1],
    ['aof_enabled:0', 'always', 'nothing', 1],
  ])('%s with appendfsync %s is safe against: %s', (info, appendfsync, safe, warnings) => {
    const report = judgeServers([facts(info, appendfsync)]);
    expect(report.safeAgainst).toBe(safe);
    expect(report.warnings).toHaveLength(warnings);
  });

  it('goes by the weakest server, and says which it is', () => {
    const report = judgeServers([
      facts('aof_enabled:1', 'always', 'a:1'),
      facts('aof_enabled:1', 'everysec', 'b:2'),
    ]);
    expect(report).toMatchObject({ safeAgainst: 'process crash', fsync: 'everysec' });
    expect(report.warnings).toEqual([expect.stringContaining('b:2')]);
  });

  it('warns where nothing stands beside the server, and where its disk failed', () => {
    const info = 'aof_enabled:1\r\naof_last_write_status:err\r\nconnected_slaves:0';
    expect(judgeServers([facts(info, 'always')]).warnings).toEqual([
      expect.stringContaining('append-only file'),
      expect.stringContaining('no replica'),
    ]);
  });

  it.each([
    ['maxmemory_policy:allkeys-lru', 'set maxmemory-policy to noeviction'],
    ['redis_version:6.2.14', 'too old'],
    ['role:slave', 'replica'],
  ])('refuses %s and says what to do', (info, text) => {
    expect(() => judgeServers([facts('aof_enabled:1', 'always'), facts(info, 'always')])).toThrow(
      expect.objectContaining({ code: 'unsafe_state_store', message: expect.stringContaining(text) }),
    );
  });
});

describeWith(['redis-server'], 'the check at start', () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function start(options: RedisOptions): Promise<PrivateServer> {
    const server = await startRedis(options);
    cleanups.push(() => server.remove());
    return server;
  }

  async function check(url: string): Promise<RedisReport> {
    const connection = openRedisConnection({ url });
    cleanups.push(() => connection.close());
    return await connection.check();
  }

  it.each([
    [{ appendonly: true, appendfsync: 'always' }, 'power loss'],
    [{ appendonly: true, appendfsync: 'everysec' }, 'process crash'],
    [{ appendonly: false }, 'nothing'],
  ] as const)('of a server with %j says: safe against %s', async (options, safe) => {
    const server = await start(options);
    expect((await check(server.url)).safeAgainst).toBe(safe);
  });

  it('refuses a server that would evict state', async () => {
    const server = await start({ extra: ['--maxmemory-policy', 'allkeys-lru'] });
    await expect(check(server.url)).rejects.toMatchObject({
      code: 'unsafe_state_store',
      message: expect.stringContaining('noeviction'),
    });
  });

  it('works where CONFIG is forbidden, and says that it does not know', async () => {
    const server = await start({ appendonly: true });
    await askRedis(server.port, 'ACL SETUSER tessera on >secret ~* +@all -config');
    const report = await check(`redis://tessera:secret@127.0.0.1:${server.port}`);
    expect(report).toMatchObject({ fsync: 'unknown', safeAgainst: 'process crash' });
  });

  it('loads the library once, whoever comes', async () => {
    const server = await start({});
    await Promise.all([check(server.url), check(server.url), check(server.url)]);
    await check(server.url);
    const listed = await askRedis(server.port, 'INFO memory');
    expect(/number_of_libraries:(\d+)/.exec(listed)?.[1]).toBe('1');
  });

  it('fails with a code to retry while there is no server', async () => {
    const server = await start({});
    await server.kill();
    await expect(check(server.url)).rejects.toMatchObject({ code: 'state_unavailable', retryable: true });
  });
});
