import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../benchmarks/support/random.ts';
import type { Feature } from '../../src/features/compile.ts';
import type { Operation } from '../../src/features/operation.ts';
import type { FeatureValue } from '../../src/model/feature.ts';
import type { JsonValue } from '../../src/model/json.ts';
import { Crowd, type Mistake } from '../oracle/crowd.ts';
import { homesOf, type Story, storyOf } from '../oracle/crowd-story.ts';
import { everyAggregate, fromTheStart, type Windowing } from '../oracle/definitions.ts';
import { withOperations } from '../oracle/with-operations.ts';

/**
 * Every aggregate over every kind of window, over a crowd of people who wander, merge and part, against the naive
 * oracle. `ORACLE_SEEDS=100 ORACLE_FROM=7` for more of them, `ORACLE_EVENTS` for longer ones.
 */
const SEEDS = Number(process.env.ORACLE_SEEDS ?? 20);
const FROM = Number(process.env.ORACLE_FROM ?? 1);
const EVENTS = Number(process.env.ORACLE_EVENTS ?? 100_000);
const READS = 1_000;
const DAY = 86_400_000;

/** One for each seed in turn. */
const WINDOWINGS: readonly Windowing[] = [
  { windows: ['1h'] },
  { windows: ['lifetime'] },
  { windows: ['session'], idle: '30m' },
  { windows: ['730d'] },
  { windows: ['day'], zone: 'Asia/Shanghai' },
  { windows: ['30d'] },
  { windows: ['month'], zone: 'America/New_York' },
  { windows: ['session'], idle: '4h' },
  { windows: ['7d'] },
  { windows: ['week'], zone: 'Europe/Berlin', previous: 1 },
  { windows: ['90d'] },
  { windows: ['365d'] },
];

function windowingOf(seed: number): Windowing {
  return WINDOWINGS[seed % WINDOWINGS.length] ?? { windows: ['1h'] };
}

interface Difference {
  readonly profile: string;
  readonly now: number;
  readonly feature: string;
  readonly engine: FeatureValue | undefined;
  readonly naive: FeatureValue | undefined;
}

interface Compared {
  readonly crowd: Crowd;
  readonly reads: number;
  readonly values: number;
  readonly approximate: number;
  readonly differences: readonly Difference[];
}

interface Plan extends Story {
  readonly reads: number;
  readonly windowing: Windowing;
}

/** Lives the story and reads at random moments in it; stops at the first difference. */
function compare({ reads, windowing, ...story }: Plan, mistake: Mistake = {}): Compared {
  const crowd = new Crowd(fromTheStart(everyAggregate(windowing)), { homes: homesOf(story.people), mistake });
  const draw = createRandom(story.seed ^ 0x5eed);
  const due = new Map<number, number>();
  for (let n = 0; n < reads; n++) {
    const after = draw(story.events);
    due.set(after, (due.get(after) ?? 0) + 1);
  }
  const found = { reads: 0, values: 0, approximate: 0 };
  let n = 0;
  for (const happening of storyOf(story)) {
    crowd.happen(happening);
    const last = happening.at;
    for (let left = due.get(n++) ?? 0; left > 0; left--) {
      const profiles = crowd.profiles();
      // Now and then one of the busiest, of whom some features are sketches.
      const busy = draw(50) === 0 ? crowd.ownerOf(`f-${draw(8)}`) : undefined;
      const profile = busy ?? profiles[draw(profiles.length)] ?? '';
      const now = last + [0, 1, draw(3_600_000), draw(3 * DAY), draw(60 * DAY), draw(800 * DAY)][draw(6)]!;
      const [engine, naive] = [crowd.read(profile, now), crowd.expected(profile, now)];
      found.reads++;
      const differences = differing(engine, naive, found).map((feature) => ({
        profile,
        now,
        feature,
        engine: engine[feature],
        naive: naive[feature],
      }));
      if (differences.length > 0) return { crowd, ...found, differences };
    }
  }
  return { crowd, ...found, differences: [] };
}

function differing(
  engine: Readonly<Record<string, FeatureValue>>,
  naive: Readonly<Record<string, FeatureValue>>,
  found: { values: number; approximate: number },
): string[] {
  return Object.keys(naive).filter((name) => {
    const [here, there] = [engine[name], naive[name]];
    found.values++;
    if (here?.approximate === undefined) return !isDeepStrictEqual(here, there);
    found.approximate++;
    return !isNear(here.value, there?.value ?? null);
  });
}

/**
 * Within three standard errors of a count of distinct values, of which the larger is 4.8 % (src/features/distinct-cells.ts);
 * everything else has no need to be approximate here.
 */
function isNear(here: JsonValue, there: JsonValue): boolean {
  if (typeof here === 'number' && typeof there === 'number')
    return Math.abs(here - there) <= 3 * 0.048 * Math.abs(there);
  return isDeepStrictEqual(here, there);
}

describe(`${EVENTS} events of a crowd, read at ${READS} random moments`, () => {
  it.each(Array.from({ length: SEEDS }, (_, n) => FROM + n))(
    'equal the naive oracle in every feature (seed %i)',
    (seed) => {
      const people = Math.ceil(EVENTS / 60);
      const { differences, crowd, ...found } = compare({
        seed,
        events: EVENTS,
        people,
        reads: READS,
        windowing: windowingOf(seed),
      });
      expect(differences.slice(0, 3), `seed ${seed}`).toEqual([]);
      console.log(JSON.stringify({ seed, ...found, ...crowd.outcomes }));
      expect(crowd.outcomes.duplicate).toBeGreaterThan(EVENTS / 200);
      expect(crowd.outcomes.other).toBe(0);
      expect(found.reads).toBeGreaterThan(READS * 0.95);
    },
    120_000,
  );
});

describe('the oracle catches', () => {
  // So few people that their events fall together.
  const small = { seed: 3, events: 2_000, people: 10, reads: 200 };
  const caught = (windowing: Windowing, mistake: Mistake): boolean =>
    compare({ ...small, windowing }, mistake).differences.length > 0;
  const inOperations = (change: (operation: Operation, feature: Feature) => Partial<Operation>): Mistake => ({
    set: (set) =>
      withOperations(set, (operation, feature) => ({ ...operation, ...change(operation, feature) })),
  });
  const sliding = { windows: ['30d'] };
  const calendar = { windows: ['day'], zone: 'Asia/Shanghai' };
  const session = { windows: ['session'], idle: '4h' };

  it.each([sliding, calendar, session])('nothing where nothing is wrong: %j', (windowing) => {
    expect(caught(windowing, {})).toBe(false);
  });

  it.each<readonly [string, Windowing, Mistake]>([
    [
      'a window that is one tile too long',
      sliding,
      inOperations(({ read }, { windowMs }) => ({
        read: (state, now, stretch) =>
          read(state, Number.isFinite(windowMs) ? now - Math.ceil(windowMs / 60) : now, stretch),
      })),
    ],
    [
      'a tile that is dropped one tile too early',
      sliding,
      inOperations(({ add }, { windowMs }) => ({
        add: (state, sample, now) => add(state, sample, now + Math.ceil(windowMs / 60) * 2),
      })),
    ],
    [
      'late events that are forgotten',
      sliding,
      inOperations(({ add }) => ({
        add: (state, sample, now) => (sample.time < now - DAY ? undefined : add(state, sample, now)),
      })),
    ],
    [
      'a day that begins at midnight elsewhere',
      calendar,
      inOperations(({ read }) => ({ read: (state, now, stretch) => read(state, now + 3_600_000, stretch) })),
    ],
    [
      'sessions that do not grow together when a late event bridges them',
      session,
      inOperations(({ add }) => ({
        add: (state, sample, now) => (sample.time < now - 60_000 ? undefined : add(state, sample, now)),
      })),
    ],
    [
      'a merge that keeps one side only',
      sliding,
      inOperations(({ merge, empty }) => ({ merge: (a, b) => merge(empty(), a.length > 0 ? a : b) })),
    ],
    [
      'an order that counts once per report',
      sliding,
      {
        event: (event) => {
          const { order } = event;
          return order === undefined
            ? event
            : { ...event, order: { ...order, order_id: `${order.order_id}-${event.id}` } };
        },
      },
    ],
    [
      'ties that something else than source and id settles',
      sliding,
      {
        event: (event) => ({
          ...event,
          id: event.id.replaceAll(/\d/g, (digit) => String(9 - Number(digit))),
        }),
      },
    ],
    [
      'a repeat that counts twice',
      sliding,
      { event: (event, nth) => ({ ...event, id: `${event.id}-${nth}` }) },
    ],
    [
      'a facet that leaves its aggregates behind when it moves',
      sliding,
      {
        message: (body) => (body.type === 'transfer' ? { ...body, facets: body.facets.slice(1) } : body),
      },
    ],
    [
      'an unmerge that takes the wrong facet',
      sliding,
      {
        message: (body) =>
          body.type === 'move' && body.reason === 'split' ? { ...body, to: body.from } : body,
      },
    ],
    [
      'amounts of another currency among one’s own',
      sliding,
      { event: (event) => ({ ...event, currency: 'CNY' }) },
    ],
  ])('%s', (_name, windowing, mistake) => {
    expect(caught(windowing, mistake)).toBe(true);
  });
});
