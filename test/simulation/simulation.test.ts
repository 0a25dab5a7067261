import { describe, expect, it } from 'vitest';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { violations } from './check.ts';
import { createRandom, type Random } from './random.ts';
import { IDENTITY, keyOf, makeEvent, PARTITIONS, type Worker, World } from './world.ts';

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
    for (const fault of [
      'crash',
      'rollback',
      'resend',
      'publishFault',
      'conflict',
      'routed',
      'merged',
      'split',
      'closed',
      'unmerged',
    ]) {
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
    if (dice < 0.05 && sent < 40) {
      const asks = random.pick([undefined, undefined, undefined, 'signed_in', 'signed_out'] as const);
      // Some events lie weeks apart, so that identity is told of people who come back.
      const time = world.clock.now() + random.below(3) * 8 * DAY_MS;
      await world.send(makeEvent(`e${++sent}`, combination(names, sent, random), time, asks));
    } else if (dice < 0.054) await world.command({ type: 'split', identifier: keyOf(random.pick(names)) });
    else if (dice < 0.057)
      await world.command({
        type: 'merge',
        identifiers: [keyOf(random.pick(names)), keyOf(random.pick(names))],
      });
    else if (dice < 0.058) {
      const decision = random.pick(['approve', 'reject'] as const);
      await world.command({ type: 'decide', review: 1 + random.below(2), decision, note: '' });
    } else if (dice < 0.088 && world.acked.size > 0) {
      world.counts.resend = (world.counts.resend ?? 0) + 1;
      await world.send(random.pick([...world.acked.values()]));
    } else if (dice < 0.094) world.rollback(random.pick(PARTITIONS));
    else if (dice < 0.106) world.crash(random.pick(world.workers));
    else await world.advance(random.pick(world.workers));
  }
  await quiesce(world, random);
  countChanges(world);
  return world;
}

/** What identity did, by its history: a fault or a move that never happened proves nothing. */
function countChanges(world: World): void {
  const names: Record<string, string> = {
    split: 'unmerged',
    closed: 'closed',
    yielded: 'yielded',
    shared: 'shared',
  };
  const spool = world.store.readSpool(IDENTITY, 0, Number.MAX_SAFE_INTEGER);
  for (const { table, line } of spool.flatMap(({ bytes }) => unpackSpool(bytes))) {
    const change =
      table === 'identity_changes' ? names[String((JSON.parse(line) as unknown[])[4])] : undefined;
    const name = table === 'merges' ? 'merged' : change;
    if (name !== undefined) world.counts[name] = (world.counts[name] ?? 0) + 1;
  }
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
