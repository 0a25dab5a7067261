import { describe, expect, it } from 'vitest';
import { violations } from './check.ts';
import { ERASING_FROM, runWorld } from './traffic.ts';
import { withoutStacks } from './without-stacks.ts';

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 500);
const FIRST = Number(process.env.SIMULATION_FIRST_SEED ?? 1);

/** Worlds in which people are erased: a tenth of the others, and 40 at least where all are run. */
const ERASING = Math.max(SEEDS < 100 ? 1 : 40, Math.floor(SEEDS / 10));

/** Generous: a loaded machine takes a fifth of a second per seed. */
const TIMEOUT_MS = 60_000 + SEEDS * 2_000;

/** A fault that never happened proves nothing: each of these comes at least once in ten seeds, 1,000 times in 10,000. */
const FAULTS = [
  // Workers: crashes before every call of a port and after it, and zombies that were refused.
  'crash',
  'crash at rest',
  'crash at checkpoint',
  'crash at readLog',
  'crash at scan',
  'crash at load',
  'crash at commit',
  'crash at append',
  'takeover',
  'conflict',
  // Slots.
  'rollback',
  'storeFailed',
  'commitFailed',
  'commitUnheard',
  // Logs and the network.
  'logCrash',
  'unflushed',
  'append lost',
  'append unheard',
  'append late',
  'trim',
  // History.
  'historian crash',
  'cursorConflict',
  'cursorUnheard',
  'spoolFailed',
  'insert refused',
  'insert unheard',
  'insert late',
  'insert spoiled',
  // What people and operators do meanwhile.
  'resend',
  'bad event',
  'routed',
  'routed stale',
  'merged',
  'unmerged',
  'closed',
  'shared',
  'definitions',
  'wake',
  'segment left',
  'snapshot',
  'eager fired',
  'eager suppressed',
  'patient fired',
  'polite deferred',
  'polite suppressed',
  'polite fired',
  'gone fired',
] as const;

describe('the staged form under crashes, zombies, rollbacks and resends', () => {
  it(`keeps every law on ${SEEDS} seeds from ${FIRST}`, { timeout: TIMEOUT_MS }, async () => {
    const totals = await withoutStacks(() => runAll(FIRST, SEEDS));
    console.log(`simulation: seeds ${FIRST} to ${FIRST + SEEDS - 1}, ${JSON.stringify(totals)}`);
    if (SEEDS < 100) return;
    for (const fault of FAULTS) expect(totals[fault] ?? 0, fault).toBeGreaterThanOrEqual(SEEDS / 10);
  });

  it(`keeps them while people are erased, on ${ERASING} seeds`, { timeout: TIMEOUT_MS }, async () => {
    const totals = await withoutStacks(() => runAll(ERASING_FROM, ERASING));
    console.log(`simulation: ${ERASING} seeds with erasures, ${JSON.stringify(totals)}`);
    if (ERASING < 30) return;
    for (const sight of ['erased', 'refused'])
      expect(totals[sight] ?? 0, sight).toBeGreaterThanOrEqual(ERASING);
    expect(totals.forget ?? 0).toBeGreaterThan(0);
  });
});

async function runAll(first: number, seeds: number): Promise<Readonly<Record<string, number>>> {
  const totals: Record<string, number> = {};
  for (let seed = first; seed < first + seeds; seed++) {
    const world = await runWorld(seed);
    const bad = await violations(world);
    for (const [name, count] of Object.entries(world.counts)) totals[name] = (totals[name] ?? 0) + count;
    expect(bad, `SIMULATION_FIRST_SEED=${seed} SIMULATION_SEEDS=1 reproduces this`).toEqual([]);
  }
  return totals;
}
