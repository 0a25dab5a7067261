/*
 * How well the model of purchases foresees what it has not seen: fitted to the first 39 weeks of the CDNOW sample through an
 * engine and its history, held against the repeat purchases of all 78 weeks. Draws the cumulative and the weekly tracking
 * plot of Fader, Hardie and Lee (2005), figures 4 and 5, as one SVG image.
 * Usage: npx tsx benchmarks/clv-tracking.ts [--data FILE] [--svg FILE] [--json FILE]; needs a build.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TesseraError } from '../src/errors.ts';
import type { ClvModel } from '../src/model/value-model.ts';
import { expectedRepeats } from '../src/value/bg-nbd.ts';
import { SECRET_KEY, type Server, startEngine, stopServer } from './support/child.ts';
import { drained } from './support/engine-api.ts';
import { trackingPlot } from './support/tracking-plot.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const FIRST_DAY = '1997-01-01';
const LAST_CALIBRATED = '1997-09-30';
const WEEKS = 78;
const CALIBRATED_WEEKS = 39;

interface Tracked {
  /** Per week, from the first one. */
  readonly actual: readonly number[];
  readonly expected: readonly number[];
}

async function run(command: string, ...flags: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, command, ...flags, '--key', SECRET_KEY, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new TesseraError('internal', `tessera ${command}: ${output}`);
  return output;
}

/** Rows of two numbers. */
async function pairs({ address }: Server, query: string): Promise<readonly (readonly [number, number])[]> {
  const answer = JSON.parse(await run('sql', query, '--url', address)) as {
    readonly data: readonly Readonly<Record<string, unknown>>[];
  };
  return answer.data.map((row) => {
    const [first, second] = Object.values(row);
    return [Number(first), Number(second)] as const;
  });
}

const PURCHASE_DAYS =
  `SELECT profile_id, toDate(time) - toDate('${FIRST_DAY}') AS day, ` +
  `min(day) OVER (PARTITION BY profile_id) AS first_day FROM events WHERE type = 'order_completed' ` +
  `GROUP BY profile_id, toDate(time)`;

async function track(server: Server, { purchases }: ClvModel): Promise<Tracked> {
  const repeats = new Map(
    await pairs(
      server,
      `SELECT intDiv(day, 7) AS week, count() FROM (${PURCHASE_DAYS}) WHERE day > first_day GROUP BY week`,
    ),
  );
  const cohorts = await pairs(
    server,
    `SELECT first_day, uniqExact(profile_id) FROM (${PURCHASE_DAYS}) GROUP BY first_day`,
  );
  // By the end of a week its customers have been there for so long.
  const until = (week: number): number =>
    cohorts.reduce((sum, [day, customers]) => {
      const weeks = week - (day + 1) / 7;
      return weeks <= 0 ? sum : sum + customers * expectedRepeats(purchases, weeks);
    }, 0);
  const weeks = Array.from({ length: WEEKS }, (_, week) => week);
  return {
    actual: weeks.map((week) => repeats.get(week) ?? 0),
    expected: weeks.map((week) => until(week + 1) - until(week)),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function report({ actual, expected }: Tracked, { purchases, fit }: ClvModel): Record<string, unknown> {
  const [seen, foreseen] = [sumOf(actual.slice(CALIBRATED_WEEKS)), sumOf(expected.slice(CALIBRATED_WEEKS))];
  return {
    model: purchases,
    ...fit?.report,
    calibration: {
      actual: sumOf(actual.slice(0, CALIBRATED_WEEKS)),
      expected: Math.round(sumOf(expected.slice(0, CALIBRATED_WEEKS))),
    },
    holdout: {
      actual: seen,
      expected: Math.round(foreseen),
      error: Number((foreseen / seen - 1).toFixed(4)),
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, svg: { type: 'string' }, json: { type: 'string' } },
  });
  const data = values.data ?? fileURLToPath(new URL('../../shared/data/cdnow-sample.txt', import.meta.url));
  const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-clv-'));
  const server = await startEngine({
    dataDirectory: join(directory, 'data'),
    env: { TESSERA_CURRENCY: 'USD' },
  });
  try {
    const files = ['--progress', join(directory, 'p.json'), '--rejects', join(directory, 'r.ndjson')];
    await run('import', data, '--map', 'cdnow-sample', '--url', server.address, ...files);
    await drained(server);
    const model = JSON.parse(
      await run('fit', 'clv', '--as-of', LAST_CALIBRATED, '--url', server.address),
    ) as ClvModel;
    const tracked = await track(server, model);
    const svg = values.svg ?? 'clv-tracking.svg';
    writeFileSync(svg, trackingPlot({ ...tracked, calibrated: CALIBRATED_WEEKS }));
    const result = report(tracked, model);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
    process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n${svg}\n`);
  } finally {
    await stopServer(server);
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
