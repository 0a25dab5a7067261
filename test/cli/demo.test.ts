import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { direct } from '../../src/cli/demo/director.ts';
import { Goods } from '../../src/cli/demo/goods.ts';
import { Pacer } from '../../src/cli/demo/pacer.ts';
import type { Town } from '../../src/cli/demo/stage.ts';
import { stories } from '../../src/cli/demo/stories.ts';
import { Tally } from '../../src/cli/demo/tally.ts';
import { registerDemo } from '../../src/cli/demo.ts';
import type { CallEngine } from '../../src/cli/engine-call.ts';
import { TesseraError } from '../../src/errors.ts';
import { type GeneratedWorld, generate } from '../../src/generate/generate.ts';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';

const NOW = Date.UTC(2026, 10, 23, 4);
const NOWHERE: CliContext = {
  key: undefined,
  url: 'http://127.0.0.1:1',
  stdout: { write: () => true },
  stderr: { write: () => true },
  isTty: false,
  clock: { now: () => NOW },
  setExitCode: () => undefined,
};

interface Surroundings {
  readonly call: CallEngine;
  readonly tally: Tally;
  readonly ending: AbortController;
}

function townOf(world: GeneratedWorld, { call, tally, ending }: Surroundings): Town {
  const clock = { now: () => Date.now() };
  return {
    world,
    ...world.cast,
    goods: new Goods(),
    clock,
    pacer: new Pacer(clock, 10_000),
    tally,
    signal: ending.signal,
    asSystem: call,
    asClient: call,
    run: 'run',
  };
}

/** The first thing that each of so many stories says to the engine, in the order in which they begin. */
async function firstWords(seed: number, count: number): Promise<readonly string[]> {
  const world = generate({ shoppers: 80, seed, days: 5, until: NOW });
  for (const _ of world.items());
  const ending = new AbortController();
  const said = new Map<number, string>();
  const call: CallEngine = async ({ path, body = {} }) => {
    const {
      id,
      type = '',
      identifiers = {},
    } = body as { id?: string; type?: string; identifiers?: JsonObject };
    const n = Number(/^e-run-(\d+)-/.exec(id ?? '')?.[1] ?? Number.NaN);
    if (!Number.isNaN(n) && !silent.has(n) && !said.has(n))
      said.set(n, `${path} ${type} ${JSON.stringify(identifiers)}`);
    if (Array.from({ length: count }, (_, i) => i).every((i) => said.has(i) || silent.has(i))) ending.abort();
    return { accepted: 1, rejected: [] };
  };
  await direct({ town: townOf(world, { call, tally: new Tally(), ending }), seed, rate: 1_000 });
  return [...said]
    .filter(([n]) => n < count)
    .sort(([a], [b]) => a - b)
    .map(([, words]) => words);
}

/** Stock is counted before anybody asks for a size, and some come by and do nothing. */
const silent = new Set(
  stories.flatMap(({ name }, n) => (name === 'ask for a size' || name === 'come by' ? [n] : [])),
);

describe('the stories of the demo', () => {
  it('are the same about the same people for the same seed, and others for another', async () => {
    const count = stories.length;
    const [once, again, other] = [
      await firstWords(7, count),
      await firstWords(7, count),
      await firstWords(8, count),
    ];
    expect(once.length).toBe(count - silent.size);
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  it('go on when the engine refuses something, and say what it was', async () => {
    const ending = new AbortController();
    const tally = new Tally();
    let calls = 0;
    const call: CallEngine = async () => {
      calls++;
      if (calls === 5) ending.abort();
      throw new TesseraError('overloaded', 'too much');
    };
    const world = generate({ shoppers: 60, seed: 1, days: 2, until: NOW });
    await direct({ town: townOf(world, { call, tally, ending }), seed: 1, rate: 1_000 });
    expect(tally.broken.get('overloaded')).toBe(4);
    expect(tally.events).toBe(0);
  });
});

describe('tessera demo', () => {
  it('refuses numbers that it cannot take before it starts anything', async () => {
    for (const [flag, value] of [
      ['--people', String(limits.demoPeopleMin - 1)],
      ['--rate', '0'],
      ['--rate', String(limits.demoRateMax + 1)],
      ['--seed', 'one'],
    ] as const) {
      let [code, err] = [0, ''];
      const program = new Command().exitOverride();
      const context: CliContext = {
        ...NOWHERE,
        stderr: { write: (text: string) => (err += text) },
        setExitCode: (value) => {
          code = value;
        },
      };
      registerDemo(program, context, async () => {
        throw new TesseraError('internal', 'nothing is to be started');
      });
      await program.parseAsync(['demo', flag, value], { from: 'user' });
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringContaining(`${flag} takes a whole number`),
      });
    }
  });
});
