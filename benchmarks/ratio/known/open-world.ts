import { join } from 'node:path';
import type { Bench, Measured } from '../bench.ts';
import {
  definitionsOf,
  type EngineArm,
  MASTER_KEY,
  PARTITIONS,
  spaceOf,
  startEmbeddedArm,
  startServersArm,
} from '../engine-arms.ts';
import type { Servers } from '../rival-arms.ts';
import { type SeedOrder, seedPeople } from './seed-people.ts';

export type Form = 'LMDB' | 'Redis';

/** An engine that knows so many people already. */
export interface World {
  readonly form: Form;
  readonly people: number;
  readonly arm: EngineArm;
  readonly single: Measured[];
  readonly batch: Measured[];
  readonly bytesPerPerson: number;
}

/** All names have as many characters: everybody is a copy of the first one. */
const FIRST = 1_000_000;
/** So many of those that the traffic touched are compared with the oracle. */
export const SAMPLE = 200;
const KNOWN = { views: 1, carts: 0, orders: 0, grossMinor: 0 };

export interface Wanted {
  readonly form: Form;
  readonly people: number;
}

export async function openWorld(bench: Bench, servers: Servers, { form, people }: Wanted): Promise<World> {
  const name = `known-${form.toLowerCase()}-${people}`;
  const { directory } = bench;
  const options = { name, directory, servers, sample: SAMPLE };
  const start = (): Promise<EngineArm> =>
    form === 'LMDB' ? startEmbeddedArm(options) : startServersArm(options);
  const founding = await start();
  try {
    await bench.meet(founding, { people: 1, first: FIRST, named: false, prefix: 'first' });
  } finally {
    await founding.stop();
  }
  const place: SeedOrder['place'] =
    form === 'LMDB'
      ? { kind: 'directory', directory: join(directory, name) }
      : { kind: 'servers', nats: servers.nats.url, redis: servers.redis.url, partitions: PARTITIONS };
  const { bytesPerPerson } = await seedPeople({
    space: form === 'LMDB' ? 'main' : spaceOf(name),
    masterKey: MASTER_KEY,
    definitions: definitionsOf(options),
    first: FIRST,
    people,
    place,
  });
  const arm = await start();
  await bench.open(arm, { people, first: FIRST, named: false, known: KNOWN });
  return { form, people, arm, single: [], batch: [], bytesPerPerson };
}
