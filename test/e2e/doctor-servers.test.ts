import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectNats, type NatsLink } from '../../src/adapters/nats/connection.ts';
import { logStream, logSubject } from '../../src/adapters/nats/subjects.ts';
import { type FindingCode, findingTable } from '../../src/model/finding.ts';
import { describeWith } from '../support/find-server.ts';
import { askRedis, type PrivateServer, startNats, startRedis } from '../support/servers.ts';
import { runCommand } from './support/command.ts';
import { EngineProcess } from './support/engine-process.ts';

/* A deployment on real servers of its own, whose settings are spoiled one after the other and mended again. */
describeWith(['redis-server', 'nats-server'], 'tessera doctor on the servers of a deployment', () => {
  let directory = '';
  let redis: PrivateServer;
  let nats: PrivateServer;
  let link: NatsLink;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tessera-doctor-'));
    mkdirSync(join(directory, 'definitions'));
    redis = await startRedis({ appendonly: true });
    nats = await startNats({
      config:
        'accounts { plain { users: [ { user: p, password: p } ] }, A { jetstream: enabled, users: [ { user: a, password: a } ] } }\nno_auth_user: a',
    });
    const random = (): string => randomBytes(32).toString('base64url');
    env = {
      TESSERA_NATS_URL: nats.url,
      TESSERA_REDIS_URL: redis.url,
      TESSERA_MASTER_KEY: randomBytes(32).toString('base64'),
      TESSERA_SECRET_KEY: `sk_${random()}`,
      TESSERA_PARTITIONS: '2',
    };
    // A node founds what the doctor is asked about.
    const node = await EngineProcess.start({
      directory: join(directory, 'node'),
      serve: { ...env, TESSERA_ROLES: 'ingest,engine,serve', TESSERA_RECOMMEND: '0' },
    });
    await node.process.stop();
    link = await connectNats({ servers: [nats.url], name: 'test' });
  });
  afterAll(async () => {
    await link?.close();
    await redis?.remove();
    await nats?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  interface Found {
    readonly code: FindingCode;
    readonly at: string;
    readonly detail: string;
    readonly mend: string;
  }

  const place = (): readonly string[] => [
    '--data-dir',
    join(directory, 'node'),
    '--definitions',
    join(directory, 'definitions'),
  ];

  async function look(more: Readonly<Record<string, string>> = {}, aheadMs?: number) {
    const settings = { env: { ...env, ...more }, ...(aheadMs === undefined ? {} : { aheadMs }) };
    const ran = await runCommand(['doctor', 'setup', ...place(), '--json'], settings);
    const { findings } = JSON.parse(ran.out) as { findings: readonly Found[] };
    // Whether it flushes no server of NATS tells: a doubt that every deployment has until somebody vouches for it.
    const found = findings.filter(({ code }) => code !== 'nats_flushes_late');
    for (const { code, mend } of findings) expect(mend).toBe(findingTable[code][2]);
    return { code: ran.code, found, codes: found.map(({ code }) => code) };
  }

  async function redisSet(name: string, value: string): Promise<void> {
    expect(await askRedis(redis.port, `CONFIG SET ${name} ${value}`)).toBe('+OK\r\n');
  }

  it('finds no fault where nothing is wrong', async () => {
    expect(await look()).toEqual({ code: 0, found: [], codes: [] });
  });

  it('finds what Redis would lose, all of it at once', async () => {
    await redisSet('maxmemory-policy', 'allkeys-lru');
    await redisSet('appendonly', 'no');
    const spoiled = await look();
    expect([spoiled.code, [...spoiled.codes].sort()]).toEqual([3, ['redis_evicts', 'redis_not_persistent']]);
    expect(spoiled.found.map(({ at }) => at)).toEqual([
      `redis 127.0.0.1:${redis.port}`,
      `redis 127.0.0.1:${redis.port}`,
    ]);
    await redisSet('maxmemory-policy', 'noeviction');
    await redisSet('appendonly', 'yes');
  });

  it('finds a Redis that leaves flushing to the kernel, and one whose memory is used up', async () => {
    await redisSet('appendfsync', 'no');
    await redisSet('maxmemory', '1mb');
    expect((await look()).codes).toEqual(['redis_memory_low', 'redis_flushes_late']);
    await redisSet('maxmemory', '0');
    await redisSet('appendfsync', 'everysec');
  });

  it('finds a replica in place of a master', async () => {
    expect(await askRedis(redis.port, 'REPLICAOF 127.0.0.1 1')).toBe('+OK\r\n');
    expect(await look()).toMatchObject({ code: 3, codes: ['redis_unfit'] });
    expect(await askRedis(redis.port, 'REPLICAOF NO ONE')).toBe('+OK\r\n');
  });

  it('finds servers that do not answer', async () => {
    const away = {
      TESSERA_REDIS_URL: 'redis://user:c0nfidential@127.0.0.1:1',
      TESSERA_NATS_URL: 'nats://127.0.0.1:1',
    };
    const { code, codes, found } = await look(away);
    expect([code, [...codes].sort()]).toEqual([3, ['nats_unreachable', 'redis_unreachable']]);
    expect(JSON.stringify(found)).not.toContain('c0nfidential');
  });

  it('finds an account without JetStream', async () => {
    const url = nats.url.replace('nats://', 'nats://p:p@');
    expect(await look({ TESSERA_NATS_URL: url })).toMatchObject({ code: 3, codes: ['jetstream_off'] });
  });

  it('finds a stream whose settings somebody has changed, and one that is gone', async () => {
    const name = logStream('main', 'p0');
    const { config } = await link.manager.streams.info(name);
    await link.manager.streams.update(name, { ...config, max_age: 3_600_000_000_000 });
    const changed = await look();
    expect([changed.code, changed.codes]).toEqual([3, ['stream_misconfigured']]);
    expect(changed.found[0]).toMatchObject({
      at: `stream ${name}`,
      detail: 'max_age is 3600000000000, not 0',
    });
    await link.manager.streams.update(name, { ...config, max_age: 0 });
    const spill = logStream('main', 'spillp1');
    await link.manager.streams.delete(spill);
    expect(await look()).toMatchObject({ code: 3, codes: ['stream_missing'] });
    await link.manager.streams.add({ ...config, name: spill, subjects: [logSubject('main', 'spillp1')] });
    expect((await look()).codes).toEqual([]);
  });

  it('finds a log that is nearly full', async () => {
    const name = logStream('main', 'spillp0');
    const { config } = await link.manager.streams.info(name);
    for (let n = 0; n < 10; n += 1) await link.request(logSubject('main', 'spillp0'), Buffer.alloc(10_000));
    await link.manager.streams.update(name, { ...config, max_bytes: 105_000 });
    expect(await look()).toMatchObject({ code: 3, codes: ['log_nearly_full'] });
    await link.manager.streams.update(name, config);
  });

  it('finds settings that this deployment was not founded with: partitions and the master key', async () => {
    const other = await look({ TESSERA_PARTITIONS: '1' });
    expect([other.code, other.codes]).toEqual([3, ['partitions_differ']]);
    expect(other.found[0]?.detail).toBe('it has 2, the settings say 1');
    const key = { TESSERA_MASTER_KEY: randomBytes(32).toString('base64') };
    expect(await look(key)).toMatchObject({ code: 3, codes: ['master_key_wrong'] });
  });

  it('finds clocks that differ', async () => {
    const { code, found } = await look({}, -3_600_000);
    expect([code, found.map((each) => each.code)]).toEqual([3, ['clock_skew']]);
    expect(found[0]?.detail).toMatch(/^its clock is 3[56]\d\d\.\d s ahead of/);
  });

  it('finds settings that a deployment refuses', async () => {
    const weak = await look({ TESSERA_SECRET_KEY: `sk_${'secret'.repeat(6)}` });
    expect([weak.code, weak.codes]).toEqual([3, ['setting_weak']]);
    expect(JSON.stringify(weak.found)).not.toContain('secretsecret');
  });
});
