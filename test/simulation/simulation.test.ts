import { describe, expect, it } from 'vitest';
import { violations } from './check.ts';
import { runWorld } from './traffic.ts';
import { withoutStacks } from './without-stacks.ts';

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 500);
const FIRST = Number(process.env.SIMULATION_FIRST_SEED ?? 1);

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
  'routed',
  'routed stale',
  'merged',
  'unmerged',
  'closed',
  'shared',
  'definitions',
  'wake',
  'segment left',
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
    const totals = await withoutStacks(runAll);
    console.log(`simulation: seeds ${FIRST} to ${FIRST + SEEDS - 1}, ${JSON.stringify(totals)}`);
    if (SEEDS < 100) return;
    for (const fault of FAULTS) expect(totals[fault] ?? 0, fault).toBeGreaterThanOrEqual(SEEDS / 10);
  });
});

async function runAll(): Promise<Readonly<Record<string, number>>> {
  const totals: Record<string, number> = {};
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const world = await runWorld(seed);
    for (const [name, count] of Object.entries(world.counts)) totals[name] = (totals[name] ?? 0) + count;
    const bad = await violations(world);
    expect(bad, `SIMULATION_FIRST_SEED=${seed} SIMULATION_SEEDS=1 reproduces this`).toEqual([]);
  }
  return totals;
}
