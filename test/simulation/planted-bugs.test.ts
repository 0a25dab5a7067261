import { describe, expect, it } from 'vitest';
import { violations } from './check.ts';
import { type PlantedBug, plantedBugs } from './planted-bugs.ts';
import { runWorld } from './traffic.ts';
import { withoutStacks } from './without-stacks.ts';

const SEEDS_MAX = 1_000;

describe('the simulation, while one rule of the design is taken away', () => {
  it('has at least ten rules to take away', () => {
    expect(plantedBugs.length).toBeGreaterThanOrEqual(10);
  });

  for (const bug of plantedBugs) {
    it(`notices that ${bug.name}`, async () => {
      const seed = await withoutStacks(() => firstToFind(bug));
      console.log(`planted: "${bug.name}" is found by seed ${seed}`);
      expect(seed).toBeLessThanOrEqual(SEEDS_MAX);
    });
  }
});

async function firstToFind(bug: PlantedBug): Promise<number> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) if (await finds(seed, bug)) return seed;
  return Number.POSITIVE_INFINITY;
}

async function finds(seed: number, bug: PlantedBug): Promise<boolean> {
  const bad = await violations(await runWorld(seed, bug));
  // A bug that makes the marks themselves meaningless must be found by what it does.
  const { foundBy = '' } = bug;
  return bad.some((violation) => !violation.includes('marks differ') && violation.startsWith(foundBy));
}
