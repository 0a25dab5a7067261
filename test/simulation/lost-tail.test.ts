import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { createRandom } from './random.ts';
import { IDENTITY, PARTITIONS } from './replica.ts';
import { Traffic } from './traffic.ts';
import type { World } from './world.ts';

const SEEDS = 40;

describe('a log that loses what it had flushed', () => {
  it(`stops its partition instead of skipping, on ${SEEDS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) await loseTail(seed);
  });

  it('stops a partition that needs what was trimmed', async () => {
    const traffic = new Traffic(1);
    await traffic.begin();
    const { world } = traffic;
    await run(traffic, 300);
    const log = world.log(IDENTITY);
    const before = world.store.checkpoint(IDENTITY);
    log.flush();
    for (const worker of world.workersOf(IDENTITY)) world.crash(worker);
    world.send(traffic.nextEvent());
    world.flush(IDENTITY);
    world.send(traffic.nextEvent());
    world.flush(IDENTITY);
    log.trim((before?.seq ?? 0) + 1);
    await run(traffic, 100);
    expect(world.store.checkpoint(IDENTITY)).toEqual(before);
    expect(codes(world)).toEqual(['log_corrupt']);
  });
});

async function loseTail(seed: number): Promise<void> {
  const traffic = new Traffic(seed);
  await traffic.begin();
  const { world } = traffic;
  await run(traffic, 250);
  const random = createRandom(-seed);
  const partition = random.pick(PARTITIONS);
  const log = world.log(partition);
  const applied = world.store.checkpoint(partition)?.seq ?? 0;
  const held = [...log.archive()];
  log.loseTail(random.below(applied));
  await run(traffic, 400);
  const reached = world.store.checkpoint(partition);
  // A batch that had been read before may still be committed, but nothing that came in the place of what was lost.
  expect(held[(reached?.seq ?? 0) - 1]?.digest, `seed ${seed}`).toBe(reached?.digest);
  expect(codes(world), `seed ${seed}`).toEqual(['log_lost_tail']);
}

/** Events and workers, a crash at times, and no other fault. */
async function run(traffic: Traffic, steps: number): Promise<void> {
  const { world } = traffic;
  for (let step = 0; step < steps; step++) {
    const dice = world.random.next();
    world.clock.advance(1);
    if (dice < 0.1) world.send(traffic.nextEvent());
    else if (dice < 0.2) world.flush(world.random.pick(PARTITIONS));
    else if (dice < 0.22) world.crash(world.random.pick(world.workers));
    else await traffic.goOn();
  }
}

function codes(world: World): string[] {
  return [
    ...new Set(world.failures.map((error) => (error instanceof TesseraError ? error.code : String(error)))),
  ];
}
