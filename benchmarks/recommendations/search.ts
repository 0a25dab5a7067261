import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readClicks } from '../../src/cli/evaluate/read-clicks.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { type Click, evaluateNextItems } from '../../src/recommend/next-item-evaluation.ts';
import { DEFAULT_PARAMETERS, type SessionParameters } from '../../src/recommend/session-parameters.ts';

/*
 * Chooses the parameters of the session index on a validation split of the training file alone: the sessions that end on
 * its last day, predicted from those that ended before. One parameter at a time, over the values below, until a round
 * changes nothing or --rounds are over. Then an ablation: what each idea is worth, on the validation split and, told but
 * never chosen by, on the test.
 *
 *   npx tsx benchmarks/recommendations/search.ts [--rounds 1] [--only-ablation]
 */

const DATA = resolve(import.meta.dirname, '../../../shared/data');
const RESULT = resolve(import.meta.dirname, '../results/recommendations.json');

const GRID: { readonly [Name in keyof SessionParameters]?: readonly SessionParameters[Name][] } = {
  sessionsPerItem: [64, 128, 256, 512, 1_024],
  neighbors: [50, 100, 200, 500, 1_500],
  queryItems: [1, 2, 3, 4, 6, 10],
  queryDecaySteps: [0.3, 0.5, 0.75, 1, 2, 4],
  matchDecaySteps: [1, 2, 4, 100],
  ageDecayMs: [DAY_MS, 2 * DAY_MS, 3 * DAY_MS, 96 * HOUR_MS, 6 * DAY_MS, 1_000 * DAY_MS],
  lengthExponent: [0, 0.15, 0.25, 0.4, 0.5],
  itself: [0.5, 1, 1.5, 2, 3],
  forwardExponent: [0, 0.25, 0.5, 0.75, 1, 1.5],
  backward: [0.2, 0.4, 0.55, 0.7, 0.85, 1],
  backwardExponent: [0, 0.25, 0.5, 0.75, 1],
  queryRarity: [0, 0.5, 1],
  voteRarity: [0, 0.5, 1],
  current: [0.5, 0.75, 1, 1.25, 1.5, 2],
  seen: [0.5, 0.75, 1, 1.25],
};

/** The published VS-kNN figures: both count alike. */
const AIM = { hit_rate: 0.6879, mean_reciprocal_rank: 0.3662 };

const ABLATIONS: Readonly<Record<string, Partial<SessionParameters>>> = {
  'as chosen': {},
  'old sessions count like new ones': { ageDecayMs: 1_000 * DAY_MS },
  'long sessions count like short ones': { lengthExponent: 0 },
  'rarity counts nowhere': { queryRarity: 0, voteRarity: 0 },
  'rarity counts in comparing only': { voteRarity: 0 },
  'places do not count': { forwardExponent: 0, backwardExponent: 0, backward: 1, itself: 1 },
  'before counts like after': { backward: 1, backwardExponent: DEFAULT_PARAMETERS.forwardExponent },
  'the last item only': { queryItems: 1 },
  'all items of the query count alike': { queryDecaySteps: 1_000, queryItems: 10 },
  'the current item has no factor': { current: 1 },
  'the current item is never recommended': { current: 0 },
  'm = 128, k = 200': { sessionsPerItem: 128, neighbors: 200 },
  'k = 100': { neighbors: 100 },
};

interface Score {
  readonly hit_rate: number;
  readonly mean_reciprocal_rank: number;
}

/** The clicks of sessions that end on the last day, and those of the others. */
function split(clicks: readonly Click[]): {
  readonly train: readonly Click[];
  readonly test: readonly Click[];
} {
  const ends = new Map<string, number>();
  for (const { session, time } of clicks) ends.set(session, Math.max(time, ends.get(session) ?? 0));
  const cut = Math.max(...ends.values()) - DAY_MS;
  const isLate = ({ session }: Click): boolean => (ends.get(session) ?? 0) >= cut;
  return { train: clicks.filter((click) => !isLate(click)), test: clicks.filter(isLate) };
}

function score(
  clicks: { readonly train: readonly Click[]; readonly test: readonly Click[] },
  parameters: SessionParameters,
): Score {
  const result = evaluateNextItems({ ...clicks, limit: 20, index: { parameters } });
  return { hit_rate: result.hit_rate, mean_reciprocal_rank: result.mean_reciprocal_rank };
}

const gain = ({ hit_rate, mean_reciprocal_rank }: Score): number =>
  hit_rate / AIM.hit_rate + mean_reciprocal_rank / AIM.mean_reciprocal_rank;

function search(validation: ReturnType<typeof split>, rounds: number): SessionParameters {
  let best = DEFAULT_PARAMETERS;
  let found = score(validation, best);
  for (let round = 0; round < rounds; round++) {
    const before = best;
    for (const [name, values] of Object.entries(GRID)) {
      for (const value of values) {
        const parameters = { ...best, [name]: value };
        const tried = score(validation, parameters);
        // What is not worth a ten-thousandth is left as it is.
        if (gain(tried) <= gain(found) + 1e-4) continue;
        best = parameters;
        found = tried;
        print(`${name} = ${value}`, tried);
      }
    }
    if (best === before) break;
  }
  return best;
}

function print(name: string, { hit_rate, mean_reciprocal_rank }: Score): void {
  process.stdout.write(`${name}: HR@20 ${hit_rate.toFixed(4)}, MRR@20 ${mean_reciprocal_rank.toFixed(4)}\n`);
}

const train = await readFrom('train');
const test = await readFrom('test');
const validation = split(train);
const rounds = process.argv.includes('--only-ablation') ? 0 : Number(argument('--rounds') ?? 1);
const parameters = search(validation, rounds);
const ablation = Object.entries(ABLATIONS).map(([name, change]) => {
  const tried = { ...parameters, ...change };
  const scores = { validation: score(validation, tried), test: score({ train, test }, tried) };
  print(`${name}, validation`, scores.validation);
  print(`${name}, test`, scores.test);
  return { name, ...scores };
});
const prequential = evaluateNextItems({ train, test, limit: 20, learns: true, index: { parameters } });
print('prequential, test', prequential);
const { hit_rate, mean_reciprocal_rank } = prequential;
const result = { parameters, ablation, prequential: { hit_rate, mean_reciprocal_rank } };
writeFileSync(RESULT, `${JSON.stringify(result, undefined, 2)}\n`);

async function readFrom(name: string): Promise<readonly Click[]> {
  const path = join(DATA, `yoochoose-100k-${name}.tsv`);
  if (!existsSync(path)) {
    process.stdout.write(`${path} is not there; the data set is not part of the project\n`);
    process.exit(0);
  }
  return readClicks(path);
}

function argument(name: string): string | undefined {
  const place = process.argv.indexOf(name);
  return place < 0 ? undefined : process.argv[place + 1];
}
