import { hash } from 'node:crypto';
import { join } from 'node:path';
import { Environment } from '../../../src/adapters/embedded/environment.ts';
import { openKeyStore } from '../../../src/adapters/embedded/key-store.ts';
import { openStateStore } from '../../../src/adapters/embedded/state-store.ts';
import { createSystemClock } from '../../../src/adapters/embedded/system-clock.ts';
import { connectNats } from '../../../src/adapters/nats/connection.ts';
import { openNatsKeyStore } from '../../../src/adapters/nats/key-store.ts';
import { openRedisConnection } from '../../../src/adapters/redis/connection.ts';
import { openRedisStateStore } from '../../../src/adapters/redis/state-store.ts';
import { FUSED, stagedTopology, type Topology } from '../../../src/cluster/topology.ts';
import { loadPack } from '../../../src/definitions/definitions-pack.ts';
import { assert } from '../../../src/errors.ts';
import { identifierPath } from '../../../src/ingest/admit.ts';
import { facetKey } from '../../../src/ingest/facet-key.ts';
import { createIdentifierReader } from '../../../src/ingest/identifiers.ts';
import { KEY_BYTES, KeyWrapping } from '../../../src/ingest/key-wrapping.ts';
import { createKeyring } from '../../../src/ingest/keyring.ts';
import { openRootSecret } from '../../../src/ingest/root-secret.ts';
import { createSealer } from '../../../src/ingest/seal.ts';
import type { KeyStore } from '../../../src/ports/keys.ts';
import type { StateStore } from '../../../src/ports/state.ts';
import { PeopleTemplate, type PersonTexts } from './people-template.ts';

/** Where the stopped engine has left the one person, and how many there are to be. */
export interface SeedOrder {
  readonly space: string;
  readonly masterKey: string;
  readonly definitions: string;
  /** Names are `b-<first>`, `b-<first + 1>` and so on; the first one is the person that there is. */
  readonly first: number;
  readonly people: number;
  readonly place:
    | { readonly kind: 'directory'; readonly directory: string }
    | {
        readonly kind: 'servers';
        readonly nats: string;
        readonly redis: string;
        readonly partitions: number;
      };
}

interface Place {
  readonly topology: Topology;
  readonly store: StateStore;
  readonly keys: KeyStore;
  /** Many at once. */
  putKeys(keys: readonly (readonly [string, Uint8Array])[]): Promise<void>;
  close(): Promise<void>;
}

const CHUNK = 2_000;
/** As many at once as memory has room for. */
const PEOPLE_AT_ONCE = 1_000_000;
const PAGE = 10_000;
const TYPE = 'anonymous_id';

export async function seedPeople(order: SeedOrder): Promise<{ readonly bytesPerPerson: number }> {
  const place = await openPlace(order);
  try {
    const cast = await openCast(order, place);
    const original = await cast.original();
    const template = new PeopleTemplate(original, await allEntries(place));
    for (let from = 1; from < order.people; from += PEOPLE_AT_ONCE) {
      const people: PersonTexts[] = [];
      const wrapped: (readonly [string, Uint8Array])[] = [];
      for (let n = from; n < Math.min(from + PEOPLE_AT_ONCE, order.people); n++) {
        const { texts, key } = cast.person(n, original.profile);
        people.push(texts);
        wrapped.push([texts.facet, key]);
      }
      // In the order of the keys: an ordered store takes neighbors ten times as fast as random pages.
      wrapped.sort(byKey);
      for (let at = 0; at < wrapped.length; at += CHUNK) await place.putKeys(wrapped.slice(at, at + CHUNK));
      for (let n = 0; n < template.size; n++) await writeEntries(place, template, { n, people });
    }
    return { bytesPerPerson: template.bytes };
  } finally {
    await place.close();
  }
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

async function writeEntries(
  { topology, store }: Place,
  template: PeopleTemplate,
  { n, people }: { readonly n: number; readonly people: readonly PersonTexts[] },
): Promise<void> {
  const partitions = new Map<string, (readonly [string, Buffer])[]>();
  for (const person of people) {
    const entry = template.entryOf(n, person);
    const partition = topology.ofKey(entry[0]);
    const entries = partitions.get(partition) ?? [];
    entries.push(entry);
    partitions.set(partition, entries);
  }
  await Promise.all(
    [...partitions].map(async ([partition, entries]) => {
      entries.sort(byKey);
      const next = await store.checkpoint(partition);
      assert(next !== undefined, 'the engine has committed in every partition');
      for (let at = 0; at < entries.length; at += CHUNK) {
        const commit = { expected: next.version, next, entries: new Map(entries.slice(at, at + CHUNK)) };
        assert((await store.commit(partition, commit)) === 'committed', 'nobody else writes');
      }
    }),
  );
}

async function allEntries({ topology, store }: Place): Promise<readonly (readonly [string, Uint8Array])[]> {
  const entries: (readonly [string, Uint8Array])[] = [];
  for (const partition of topology.all) entries.push(...(await store.scan(partition, '', '', PAGE)));
  return entries;
}

/** Who people are, as ingest would name them. */
async function openCast(order: SeedOrder, { keys, topology, store }: Place) {
  const { space, masterKey, definitions, first } = order;
  const master = Buffer.from(masterKey, 'base64url');
  const wrapping = new KeyWrapping({ master, space });
  const root = await openRootSecret({ master, space, keys, founded: 'bench' });
  const clock = createSystemClock();
  const keyring = createKeyring({ master, root, space, keys, clock });
  const sealer = createSealer(keyring);
  const { identity } = loadPack(definitions, 'CNY');
  const reader = createIdentifierReader({
    policy: identity,
    indexKey: keyring.indexKey,
    defaultRegion: 'CN',
  });
  const claimOf = (n: number) => {
    const { claims } = reader.read({ [TYPE]: `b-${first + n}` }, undefined, { verified: true });
    const [claim] = claims;
    assert(claim !== undefined, 'the identifier is valid');
    return claim;
  };
  return {
    async original(): Promise<PersonTexts> {
      const claim = claimOf(0);
      const link = `i/${TYPE}:${claim.hash}`;
      const [bytes] = await store.read(topology.ofKey(link), [link]);
      assert(bytes !== undefined, 'the engine knows the person');
      const text = Buffer.from(bytes).toString('latin1');
      const [sealed] = /v1\.f\.[A-Za-z0-9_-]+/.exec(text) ?? [];
      assert(sealed !== undefined, 'the identifier is sealed under a key of its facet');
      return { profile: text.slice(0, 36), hash: claim.hash, facet: facetKey([claim]), sealed };
    },
    person(n: number, like: string): { readonly texts: PersonTexts; readonly key: Uint8Array } {
      const claim = claimOf(n);
      const facet = facetKey([claim]);
      const bytes = hash('sha256', `key ${n}`, 'buffer').subarray(0, KEY_BYTES);
      const place = { facet, path: identifierPath(TYPE) };
      const sealed = sealer.seal({ id: 'f', bytes }, place, claim.value);
      // Each a millisecond before the one before, as people come; the version's bits stay.
      const time = (Number.parseInt(like.slice(0, 8) + like.slice(9, 13), 16) - n)
        .toString(16)
        .padStart(12, '0');
      const profile = `${time.slice(0, 8)}-${time.slice(8)}${like.slice(13, 24)}${n.toString(16).padStart(12, '0')}`;
      return { texts: { profile, hash: claim.hash, facet, sealed }, key: wrapping.wrap(facet, bytes) };
    },
  };
}

async function openPlace({ place, space }: SeedOrder): Promise<Place> {
  if (place.kind === 'directory') return openDirectory(place.directory);
  const link = await connectNats({ servers: [place.nats], name: 'seed' });
  const keys = await openNatsKeyStore(link, { space, replicas: 1 });
  const redis = openRedisConnection({ url: place.redis, onError: () => undefined });
  await redis.check();
  const store = openRedisStateStore(redis, { space });
  return {
    topology: stagedTopology(place.partitions),
    store,
    keys,
    async putKeys(wrapped) {
      await Promise.all(wrapped.map(([facet, key]) => keys.putIfAbsent(facet, key)));
    },
    async close() {
      await store.close();
      await redis.close();
      await link.close();
    },
  };
}

function openDirectory(directory: string): Place {
  const codes = { full: 'state_unavailable', failed: 'state_unavailable' } as const;
  const log = new Environment(join(directory, 'log'), codes);
  const state = new Environment(join(directory, 'state'), codes);
  const store = openStateStore(state);
  const keys = openKeyStore(log);
  const table = log.database<string>('keys');
  return {
    topology: FUSED,
    store,
    keys,
    putKeys: (wrapped) =>
      log.write(() => {
        for (const [facet, key] of wrapped) void table.put(facet, Buffer.from(key));
      }),
    async close() {
      await store.close();
      await log.close();
    },
  };
}
