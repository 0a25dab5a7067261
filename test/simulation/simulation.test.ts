import { describe, expect, it } from 'vitest';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import { violations } from './check.ts';
import { createRandom, type Random } from './random.ts';
import { IDENTITY, makeEvent, PARTITIONS, type Worker, World } from './world.ts';

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 200);
const FIRST = Number(process.env.SIMULATION_FIRST_SEED ?? 1);
const STEPS = 900;
const NAMES = [
  ['d1', 'd2', 'a1', 'p1', 'u1', 'u2'],
  ['d1', 'a1', 'a2', 'p1', 'p2', 'u1'],
  ['d1', 'a1', 'p1', 'p2', 'p3', 'u1'],
] as const;

/** Generous: a loaded machine takes a tenth of a second per seed. */
const TIMEOUT_MS = 60_000 + SEEDS * 2_000;

describe('the staged form under crashes, zombies, rollbacks and resends', () => {
  it(`keeps every law on ${SEEDS} seeds from ${FIRST}`, { timeout: TIMEOUT_MS }, async () => {
    const totals: Record<string, number> = {};
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const world = await runWorld(seed);
      for (const [name, count] of Object.entries(world.counts)) totals[name] = (totals[name] ?? 0) + count;
      const bad = await violations(world);
      expect(bad, `SIMULATION_FIRST_SEED=${seed} SIMULATION_SEEDS=1 reproduces this`).toEqual([]);
    }
    console.log(`simulation: seeds ${FIRST} to ${FIRST + SEEDS - 1}, ${JSON.stringify(totals)}`);
    // A fault that never happened proves nothing.
    for (const fault of ['crash', 'rollback', 'resend', 'publishFault', 'conflict', 'routed', 'merge']) {
      expect(totals[fault] ?? 0, fault).toBeGreaterThan(SEEDS >= 50 ? SEEDS : 0);
    }
  });
});

async function runWorld(seed: number): Promise<World> {
  const random = createRandom(seed);
  const world = new World(random, 2);
  await world.start();
  const names = NAMES[seed % NAMES.length] ?? NAMES[0];
  let sent = 0;
  for (let step = 0; step < STEPS; step++) {
    world.clock.advance(random.below(50));
    const dice = random.next();
    if (dice < 0.05 && sent < 40)
      await world.send(makeEvent(`e${++sent}`, combination(names, sent, random), world.clock.now()));
    else if (dice < 0.08 && world.acked.size > 0) {
      world.counts.resend = (world.counts.resend ?? 0) + 1;
      await world.send(random.pick([...world.acked.values()]));
    } else if (dice < 0.088) world.rollback(random.pick(PARTITIONS));
    else if (dice < 0.1) world.crash(random.pick(world.workers));
    else await world.advance(random.pick(world.workers));
  }
  await quiesce(world, random);
  world.counts.merge = mergesOf(world);
  return world;
}

function mergesOf(world: World): number {
  const spool = world.store.readSpool(IDENTITY, 0, Number.MAX_SAFE_INTEGER);
  return spool.flatMap(({ bytes }) => unpackSpool(bytes)).filter(({ table }) => table === 'merges').length;
}

/** First single events of one or few identifiers, then combinations that link them. */
function combination(names: readonly string[], sent: number, random: Random): string[] {
  const share = sent < 9 ? 0 : (1 + random.below(2)) / 5;
  const chosen = names.filter(() => random.chance(share));
  return chosen.length > 0 ? chosen : [random.pick(names)];
}

async function quiesce(world: World, random: Random): Promise<void> {
  world.faulty = false;
  for (const worker of world.workers) if (random.chance(0.5)) world.crash(worker);
  for (let round = 0; round < 400; round++) {
    for (const worker of world.workers) await finishStep(world, worker);
    if (isQuiet(world)) return;
  }
  throw new Error('the simulation does not come to rest');
}

async function finishStep(world: World, worker: Worker): Promise<void> {
  do await world.advance(worker);
  while (worker.gate.waiting);
}

function isQuiet(world: World): boolean {
  return PARTITIONS.every(
    (partition) =>
      (world.store.checkpoint(partition)?.seq ?? 0) === world.log(partition).stats().lastSeq &&
      world.store.scan(partition, 'x/', '', 1).length === 0,
  );
}
