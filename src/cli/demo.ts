import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CliContext } from './context.ts';
import { describeDemo } from './demo/describe-demo.ts';
import type { DemoWishes } from './demo/play-demo.ts';
import { exitCodes } from './exit-codes.ts';
import { addEngineOptions, type EngineFlags, runEngine, type StartEngine } from './run-engine.ts';

const HELP = `
Runs an engine as tessera dev does and fills it with life: a catalog, two stores with stock, some weeks of history, then
shoppers in the web shop, in the app and in the stores, as a steady stream of requests. The same seed gives the same shoppers.
Keys, port and data directory are its own: nothing of it touches ./.tessera. Without --data-dir it works in a temporary
directory, which is removed at the end; with one, the next run goes on where this one stopped. Ctrl-C ends it.

Exit codes: 0 done; 1 failed; 2 wrong usage.

Examples:
  tessera demo
  tessera demo --rate 10 --people 200 --port 8090
`;

const DEFAULT_RATE = 30;
const DEFAULT_PEOPLE = 500;

/** Adds `tessera demo` to the program. */
export function registerDemo(program: Command, context: CliContext, start: StartEngine): void {
  const command = program
    .command('demo')
    .description('run an engine with seeded shoppers: web, app and two stores, live')
    .option('--rate <n>', `requests a second (default ${DEFAULT_RATE})`)
    .option('--seed <n>', 'another seed is another town (default 1)')
    .option('--people <n>', `how many shoppers (default ${DEFAULT_PEOPLE})`)
    .option('--data-dir <directory>', 'keep the data here (default: a temporary directory)')
    .addHelpText('after', HELP);
  addEngineOptions(command).action(async (flags: EngineFlags) => {
    try {
      await runDemo(readWishes(flags), { flags, context, start });
    } catch (error) {
      if (!(error instanceof TesseraError)) throw error;
      context.stderr.write(`demo: ${error.message} (${error.code})\n`);
      context.setExitCode(error.code === 'invalid_parameter' ? exitCodes.usage : exitCodes.failed);
    }
  });
}

interface Surroundings {
  readonly flags: EngineFlags;
  readonly context: CliContext;
  readonly start: StartEngine;
}

async function runDemo(wishes: DemoWishes, { flags, context, start }: Surroundings): Promise<void> {
  const temporary = flags.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'tessera-demo-')) : undefined;
  // Also of a stop that takes too long, or that is told to end at once.
  if (temporary !== undefined)
    process.once('exit', () => rmSync(temporary, { recursive: true, force: true, maxRetries: 3 }));
  const ending = new AbortController();
  let played: Promise<void> = Promise.resolve();
  const beforeStop = async (): Promise<void> => {
    ending.abort();
    await played;
  };
  const own = temporary === undefined ? flags : { ...flags, dataDir: temporary };
  const started = await runEngine(start, own, beforeStop);
  showBanner(started, wishes, { flags, context });
  const { playDemo } = await import('./demo/play-demo.ts');
  played = playDemo(wishes, { ...started, context, signal: ending.signal, json: flags.json === true });
  await played.catch(async (error: unknown) => {
    await started.engine.stop();
    throw error;
  });
}

function showBanner(
  { engine, dataDirectory, history, version }: Awaited<ReturnType<StartEngine>>,
  wishes: DemoWishes,
  { flags, context }: Pick<Surroundings, 'flags' | 'context'>,
): void {
  const banner = {
    version,
    address: engine.address,
    write_key: engine.writeKey,
    secret_key: engine.secretKey,
    data_directory: dataDirectory,
    history,
    ...wishes,
  };
  context.stdout.write(flags.json === true ? `${JSON.stringify(banner)}\n` : describeDemo(banner));
}

function readWishes({ rate, seed, people }: EngineFlags): DemoWishes {
  return {
    rate: readWhole(rate, { flag: '--rate', least: 1, most: limits.demoRateMax, usual: DEFAULT_RATE }),
    seed: readWhole(seed, { flag: '--seed', least: 0, most: Number.MAX_SAFE_INTEGER, usual: 1 }),
    people: readWhole(people, {
      flag: '--people',
      least: limits.demoPeopleMin,
      most: limits.demoPeopleMax,
      usual: DEFAULT_PEOPLE,
    }),
  };
}

interface Range {
  readonly flag: string;
  readonly least: number;
  readonly most: number;
  readonly usual: number;
}

function readWhole(given: unknown, { flag, least, most, usual }: Range): number {
  if (given === undefined) return usual;
  const value = /^\d{1,16}$/.test(String(given)) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new TesseraError(
    'invalid_parameter',
    `${flag} takes a whole number from ${least} to ${most}, not ${String(given)}.`,
  );
}
