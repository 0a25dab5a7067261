/*
 * What state on Redis costs: CPU time in this process and in redis-server, by /proc, for commits of 1, 10 and 100 profiles
 * (header, facet of 1 KB, deduplication ids, and the batch's rows in the spool), for loads of as many, and the memory of
 * a profile with three facets and of an identifier. A private server without an append-only file on a free port; the
 * clock of /proc ticks every 10 ms. Run: npx tsx benchmarks/micro/redis-commit.ts
 */
import { readFileSync } from 'node:fs';
import { openRedisConnection } from '../../src/adapters/redis/connection.ts';
import { openRedisStateStore, type RedisStateStore } from '../../src/adapters/redis/state-store.ts';
import type { Commit } from '../../src/ports/state.ts';
import { askRedis, type PrivateServer, startRedis } from '../../test/support/servers.ts';

const TICK_MS = 10;
const VALUE = Buffer.alloc(1_024, 7);
const HEADER = Buffer.alloc(120, 7);
const LINK = Buffer.alloc(36 + 140, 0x61);
const SHORT = Buffer.alloc(8, 7);
const PROFILES = 20_000;
const EPOCH = 1_780_000_000_000;

async function main(): Promise<void> {
  const server = await startRedis();
  const connection = openRedisConnection({ url: server.url });
  try {
    await connection.check();
    const store = openRedisStateStore(connection, { space: 'bench' });
    for (const size of [1, 10, 100])
      await commits(store, server, { size, count: 20_000 / Math.max(size, 4) });
    for (const size of [1, 10, 100]) await loads(store, server, { size, count: 20_000 / Math.max(size, 4) });
    await memory(store, server);
  } finally {
    await connection.close();
    await server.remove();
  }
}

interface Run {
  /** Profiles per commit: as many events, each of another one. */
  readonly size: number;
  readonly count: number;
}

/** The layout of a profile's id: its time first. */
function profileId(n: number): string {
  const hex = (EPOCH + n * 700).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(n).padStart(12, '0')}`;
}

function facetId(n: number): string {
  return Buffer.from(String(n * 7_919).padStart(16, '0')).toString('base64url');
}

interface Keys {
  readonly header: string;
  readonly facet: string;
  readonly dedup: string;
}

/** Made once: the engine has them in memory as well. */
const KEYS: readonly Keys[] = Array.from({ length: PROFILES }, (_, n) => ({
  header: `h/${profileId(n)}`,
  facet: `f/${profileId(n)}/${facetId(n)}`,
  dedup: `d/20600/${profileId(n)}/${facetId(n)}`,
}));

function keysOf(n: number): Keys {
  return KEYS[n % PROFILES] as Keys;
}

async function commits(store: RedisStateStore, server: PrivateServer, { size, count }: Run): Promise<void> {
  const name = `p${size}`;
  const spool = Buffer.alloc(600 * size, 7);
  let version = 0;
  const commit = async (): Promise<void> => {
    const entries = new Map<string, Uint8Array | null>();
    for (let k = 0; k < size; k += 1) {
      const { header, facet, dedup } = keysOf(version * 7_919 + k * 104_729);
      entries.set(header, HEADER).set(facet, VALUE).set(dedup, SHORT);
    }
    const next = {
      seq: version + 1,
      digest: 1,
      version: version + 1,
      taken: {},
      given: {},
      spooled: version + 1,
    };
    const batch: Commit = { expected: version, next, entries, spool };
    if ((await store.commit(name, batch)) === 'conflict') throw new Error('nobody else commits');
    version += 1;
    if (version % 200 === 0) {
      await store.saveCursor(name, { done: version }, await store.cursor(name));
      await store.trimSpool(name, version);
    }
  };
  for (let n = 0; n < count / 10; n += 1) await commit();
  await report(`commit of ${size}`, server, { size, count }, commit);
}

async function loads(store: RedisStateStore, server: PrivateServer, { size, count }: Run): Promise<void> {
  const version = (await store.checkpoint('p100'))?.version ?? 0;
  let at = 0;
  const load = async (): Promise<void> => {
    const keys: string[] = [];
    for (let k = 0; k < size; k += 1) {
      const { header, facet, dedup } = keysOf(at * 7_919 + k * 104_729);
      keys.push(header, facet, dedup);
    }
    at += 1;
    if ((await store.load('p100', version, keys)) === 'conflict') throw new Error('nobody commits');
  };
  for (let n = 0; n < count / 10; n += 1) await load();
  await report(`load of ${size}`, server, { size, count }, load);
}

async function report(
  what: string,
  server: PrivateServer,
  { size, count }: Run,
  run: () => Promise<void>,
): Promise<void> {
  const calls = await callsOf(server);
  const [own, theirs] = [process.cpuUsage(), serverMs(server)];
  for (let n = 0; n < count; n += 1) await run();
  const used = process.cpuUsage(own);
  const events = size * count;
  const here = ((used.user + used.system) / events).toFixed(1);
  const there = (((serverMs(server) - theirs) * 1_000) / events).toFixed(1);
  const trips = (((await callsOf(server)) - calls) / count).toFixed(2);
  console.log(`${what.padEnd(16)} ${here} µs here, ${there} µs in Redis per profile; ${trips} calls each`);
}

/** Bytes of the server per thing, once it holds many of them and nothing else. */
async function memory(store: RedisStateStore, server: PrivateServer): Promise<void> {
  const kinds: readonly (readonly [string, (n: number) => readonly (readonly [string, Buffer])[]])[] = [
    ['an empty commit', () => []],
    ['a profile with 3 facets of 1 KB', (n) => profileEntries(n)],
    ['a day of deduplication ids of a facet', (n) => [[`d/20600/${profileId(n)}/${facetId(n)}`, SHORT]]],
    ['an identifier of 176 bytes', (n) => [[`i/phone:${facetId(n)}`, LINK]]],
    ['a person of 250 bytes', (n) => [[`g/${profileId(n)}`, Buffer.alloc(250, 7)]]],
    ['the place of a facet, 60 bytes', (n) => [[`o/${facetId(n)}`, Buffer.alloc(60, 7)]]],
  ];
  const counts = [20_000, 200_000];
  for (const [kind, entriesOf] of kinds) {
    const figures: string[] = [];
    for (const count of counts) {
      if (kind.startsWith('a profile') && count > counts[0]!) continue;
      figures.push(await bytesEach(store, server, { count, entriesOf }));
    }
    console.log(`${kind}: ${figures.join(', ')}`);
  }
}

function profileEntries(n: number): readonly (readonly [string, Buffer])[] {
  const facets = [0, 1, 2].map((k) => [`f/${profileId(n)}/${facetId(n * 3 + k)}`, VALUE] as const);
  return [[`h/${profileId(n)}`, HEADER], ...facets];
}

interface Stored {
  readonly count: number;
  readonly entriesOf: (n: number) => readonly (readonly [string, Buffer])[];
}

async function bytesEach(
  store: RedisStateStore,
  server: PrivateServer,
  { count, entriesOf }: Stored,
): Promise<string> {
  await askRedis(server.port, 'FLUSHALL');
  const before = await usedBytes(server);
  let payload = 0;
  let version = 0;
  for (let from = 0; from < count; from += 1_000) {
    const entries = new Map<string, Uint8Array>();
    for (let n = from; n < from + 1_000; n += 1) {
      for (const [key, value] of entriesOf(n)) {
        entries.set(key, value);
        payload += value.byteLength;
      }
    }
    const next = { seq: version + 1, digest: 1, version: version + 1, taken: {}, given: {}, spooled: 0 };
    await store.commit('memory', { expected: version, next, entries });
    version += 1;
  }
  const each = Math.round(((await usedBytes(server)) - before) / count);
  return `${each} bytes with ${Math.round(payload / count)} of values (of ${count})`;
}

async function usedBytes(server: PrivateServer): Promise<number> {
  return (
    Number(/used_memory_dataset:(\d+)/.exec(await askRedis(server.port, 'INFO memory'))?.[1]) +
    Number(/used_memory_overhead:(\d+)/.exec(await askRedis(server.port, 'INFO memory'))?.[1])
  );
}

async function callsOf(server: PrivateServer): Promise<number> {
  const stats = await askRedis(server.port, 'INFO commandstats');
  return Number(/cmdstat_fcall:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

function serverMs({ pid }: PrivateServer): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) * TICK_MS;
}

await main();
