/*
 * How well does identity resolution find people? Generated shoppers, of whom the truth is known, go through the real
 * admission and both stages in process; beside it stands a plain union-find over the same identifiers.
 * Usage: npm run evaluate:identity -- [--shoppers N] [--seeds 1,2,3] [--days D] [--explain N] [--json] [--out PATH]
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describeMachine, writeResult } from '../support/report.ts';
import { type Evaluated, evaluateSeed } from './evaluate-seed.ts';
import { explain } from './explain.ts';
import { printResults } from './print.ts';

interface Plan {
  readonly shoppers: number;
  readonly seeds: readonly number[];
  readonly days: number;
  readonly explain: number;
  readonly json: boolean;
  readonly out: string | undefined;
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      shoppers: { type: 'string', default: '20000' },
      seeds: { type: 'string', default: '1,2,3' },
      days: { type: 'string', default: '365' },
      explain: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  return {
    shoppers: Number(values.shoppers),
    seeds: values.seeds.split(',').map(Number),
    days: Number(values.days),
    explain: Number(values.explain),
    json: values.json,
    out: values.out,
  };
}

/** Between two seeds, so that the peak of the second is not the garbage of the first. */
async function collectGarbage(): Promise<void> {
  // Memory stores answer at once: without a turn of the event loop everything would still be one job, and kept.
  await nextTurn();
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

async function main(plan: Plan): Promise<void> {
  const results: Evaluated['result'][] = [];
  for (const seed of plan.seeds) {
    await collectGarbage();
    const evaluated = await evaluateSeed({ ...plan, seed, onProgress: progressOf(seed) });
    results.push(evaluated.result);
    if (plan.explain > 0 && !plan.json) process.stdout.write(explain(evaluated, { ...plan, seed }));
  }
  const summary = { machine: describeMachine(), shoppers: plan.shoppers, days: plan.days, results };
  const path = writeResult('identity', summary, plan.out);
  process.stdout.write(plan.json ? `${JSON.stringify(summary)}\n` : printResults(summary, path));
  const lost = results.some(({ missing }) => missing > 0);
  if (lost) process.exitCode = 1;
}

/** A line on a terminal, nothing elsewhere. */
function progressOf(seed: number): (share: number, events: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return (share, events) => {
    const done = share >= 1 ? '\n' : '';
    process.stderr.write(`\rseed ${seed}: ${Math.floor(share * 100)} %, ${events} events\u001b[K${done}`);
  };
}

await main(readPlan());
