import { join } from 'node:path';
import { atRest } from '../../support/child.ts';
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
import type { Form } from '../plan.ts';
import type { Servers } from '../rival-arms.ts';
import { seedInChild } from './seed-in-child.ts';
import type { SeedOrder } from './seed-people.ts';

/** An engine that knows so many people already. */
export interface World {
  readonly form: Form;
  readonly people: number;
  readonly arm: EngineArm;
  readonly single: Measured[];
  readonly batch: Measured[];
  readonly bytesPerPerson: number;
  /** CPU µs that each of them took to be written. */
  readonly seedUs: number;
}

/** All names have as many characters: everybody is a copy of the first one. */
const FIRST = 10_000_000;
/** So many of those that the traffic touched are compared with the oracle. */
export const SAMPLE = 200;
const KNOWN = { views: 1, carts: 0, orders: 0, grossMinor: 0 };

export interface Wanted {
  readonly form: Form;
  readonly people: number;
}

/** Founded one after the other, filled side by side, each by a process of its own. */
export async function openWorlds(
  bench: Bench,
  servers: Servers,
  wanted: readonly Wanted[],
): Promise<readonly World[]> {
  for (const each of wanted) {
    const founding = await startArm(bench, servers, each);
    try {
      await bench.meet(founding, { people: 1, first: FIRST, named: false, prefix: 'first' });
      // Everybody was looked at under the definitions in force, which the others will be as well.
      await atRest(founding.pid);
    } finally {
      await founding.stop();
    }
  }
  const seeded = await Promise.all(wanted.map((each) => seedInChild(orderOf(bench, servers, each))));
  const worlds: World[] = [];
  for (const [n, { form, people }] of wanted.entries()) {
    const arm = await startArm(bench, servers, { form, people });
    await bench.open(arm, { people, first: FIRST, named: false, known: KNOWN });
    await atRest(arm.pid);
    const { bytesPerPerson = 0, cpuUs = 0 } = seeded[n] ?? {};
    worlds.push({ form, people, arm, single: [], batch: [], bytesPerPerson, seedUs: cpuUs / people });
  }
  return worlds;
}

function nameOf({ form, people }: Wanted): string {
  return `known-${form.toLowerCase()}-${people}`;
}

function startArm({ directory, plan }: Bench, servers: Servers, wanted: Wanted): Promise<EngineArm> {
  const options = { name: nameOf(wanted), directory, servers, sample: SAMPLE, small: plan.small };
  return wanted.form === 'LMDB' ? startEmbeddedArm(options) : startServersArm(options);
}

function orderOf({ directory, plan }: Bench, { nats, redis }: Servers, wanted: Wanted): SeedOrder {
  const name = nameOf(wanted);
  const embedded = wanted.form === 'LMDB';
  return {
    space: embedded ? 'main' : spaceOf(name),
    masterKey: MASTER_KEY,
    definitions: definitionsOf({ name, directory, small: plan.small }),
    first: FIRST,
    people: wanted.people,
    place: embedded
      ? { kind: 'directory', directory: join(directory, name) }
      : { kind: 'servers', nats: nats.url, redis: redis.url, partitions: PARTITIONS },
  };
}
