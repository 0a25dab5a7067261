/*
 * The ratio suite: CPU time of the engine per event beside that of servers that do less, of a naive one that does the same, and of itself
 * under other conditions. What is compared is up at once and loaded in turn, so that what the machine does meanwhile hits both; within a
 * round the ratio is taken, and of the rounds the median. Time counts until everything that was sent is applied, and every engine is held
 * against the oracle at the end.
 * Usage: npm run bench [-- --quick] [--rows 1,4,k6] [--pairs N] [--slice-ms N] [--requests N] [--people N] [--profiles N] [--forms LMDB,Redis] [--small]
 *        [--json PATH] [--markdown PATH]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from './ratio/bench.ts';
import { runK6 } from './ratio/k6.ts';
import { type Plan, readPlan } from './ratio/plan.ts';
import { formatCosts, formatRatios, type RowResult } from './ratio/result.ts';
import { measureKnownProfiles } from './ratio/rows/known-profiles.ts';
import { measureManyTriggers } from './ratio/rows/many-triggers.ts';
import { measureProcesses } from './ratio/rows/processes.ts';
import { measureRecommendations } from './ratio/rows/recommendations.ts';
import { measureReplay } from './ratio/rows/replay.ts';
import { measureRivals } from './ratio/rows/rivals.ts';
import { measureTail } from './ratio/rows/tail.ts';
import { definitionsDescription } from './support/definitions.ts';
import { describeMachine, writeResult } from './support/report.ts';
import { describeTraffic } from './support/traffic.ts';

/** Which rows a measurement answers. */
const measurements: readonly {
  readonly rows: readonly number[];
  readonly measure: (bench: Bench) => Promise<RowResult>;
}[] = [
  { rows: [1, 2, 3, 5], measure: measureRivals },
  { rows: [4], measure: measureKnownProfiles },
  { rows: [6], measure: measureTail },
  { rows: [7], measure: measureManyTriggers },
  { rows: [8], measure: measureRecommendations },
  { rows: [9], measure: measureReplay },
  { rows: [10], measure: measureProcesses },
];

async function main(plan: Plan): Promise<void> {
  const began = performance.now();
  const results: RowResult[] = [];
  for (const { rows, measure } of measurements) {
    if (!rows.some((row) => plan.rows.has(row))) continue;
    const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
    // A generator of its own: what an earlier measurement has sent is no load of this one.
    const bench = new Bench(plan, directory);
    const since = performance.now();
    try {
      results.push(await measure(bench));
    } finally {
      bench.stop();
      rmSync(directory, { recursive: true, force: true });
    }
    process.stderr.write(`rows ${rows.join(', ')}: ${((performance.now() - since) / 1_000).toFixed(0)} s\n`);
  }
  const k6 = plan.k6 ? await runK6(plan) : 'k6 was not asked for.';
  const seconds = (performance.now() - began) / 1_000;
  report(plan, results, { seconds, k6 });
}

interface Around {
  readonly seconds: number;
  readonly k6: string;
}

function report(plan: Plan, results: readonly RowResult[], { seconds, k6 }: Around): void {
  const ratios = results.flatMap((result) => result.ratios).sort((a, b) => a.row - b.row);
  const costs = results.flatMap((result) => result.costs);
  const machine = describeMachine();
  const load = loadavg()[0]?.toFixed(1);
  const text = [
    `Machine: ${machine}; load ${load} at the end; ${(seconds / 60).toFixed(1)} minutes`,
    '',
    `Traffic: ${describeTraffic(plan.people)}; ${plan.connections} connections. In force: ${definitionsDescription}${plan.small ? '; in row 4 fewer, as it says' : ''}. ${peoplePerBatch(plan)}`,
    '',
    `Medians of ${plan.pairs} rounds (lowest–highest). CPU time is that of the Node processes, all threads; of servers beside.`,
    '',
    formatRatios(ratios),
    '',
    formatCosts(costs),
    '',
    ...results.flatMap(({ notes }) => notes.map((note) => `* ${note}`)),
    `* ${k6}`,
    '',
  ].join('\n');
  const path = writeResult(
    'ratio',
    { machine, plan: { ...plan, rows: [...plan.rows] }, seconds, ratios, costs },
    plan.json,
  );
  if (plan.markdown !== undefined) writeFileSync(plan.markdown, text);
  process.stdout.write(`${text}\nAll figures: ${path}\n`);
}

/** Draws are uniform, so a batch touches nearly as many people as it has events. */
function peoplePerBatch({ people }: Plan): string {
  const touched = people * (1 - (1 - 1 / people) ** 100);
  return `A batch of 100 touches ${touched.toFixed(0)} people; all of them are known, and their entries lie in the engine's cache (row 4 has the opposite).`;
}

await main(readPlan(process.argv.slice(2)));
