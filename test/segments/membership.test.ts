import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { JsonValue } from '../../src/model/json.ts';
import type { SegmentDefinition } from '../../src/model/segment.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { everyAggregate, fromTheStart } from '../oracle/definitions.ts';
import { START, stream } from '../oracle/generated-stream.ts';
import { type Kept, naiveFeatures } from '../oracle/naive-features.ts';
import { naiveSegments } from '../oracle/naive-segments.ts';
import { featuresOf, SegmentWorld, segmentOf } from './segment-world.ts';

const CURRENCY = 'CNY';

/** Those whose value is one number, or null, and a list. */
function plain(definitions: readonly FeatureDefinition[]): readonly FeatureDefinition[] {
  const shapes = ['cart', 'top_k', 'histogram', 'purchases', 'first', 'last', 'list_last_n'];
  return definitions.filter(
    ({ name, aggregate, by, q }) =>
      name === 'seen_1h' || (!shapes.includes(aggregate) && by === undefined && q === undefined),
  );
}

const STORED = plain(everyAggregate({ windows: ['1h', '30d', 'lifetime'] }));
const CALENDAR = plain(everyAggregate({ windows: ['day', 'session'], zone: 'Asia/Shanghai' })).map(
  (each) => ({
    ...each,
    name: `c_${each.name}`,
  }),
);
const DERIVED = featuresOf(
  { name: 'd_share', aggregate: 'derived', expression: 'idle_lifetime / 24' },
  { name: 'd_left', aggregate: 'derived', expression: 'n_30d - idle_lifetime / 100' },
  { name: 'd_warm', aggregate: 'derived', expression: 'if(idle_30d < 48, 1, 0)' },
  { name: 'd_pace', aggregate: 'derived', expression: 'round(pace_lifetime * 100, 1)' },
);

/** What the derived ones above say, by hand. */
function derived(values: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> {
  const number = (name: string): number | undefined => {
    const value = values[name];
    return typeof value === 'number' ? value : undefined;
  };
  const [idle, recent, month, pace] = ['idle_lifetime', 'idle_30d', 'n_30d', 'pace_lifetime'].map(number);
  return {
    d_share: idle === undefined ? null : idle / 24,
    d_left: idle === undefined || month === undefined ? null : month - idle / 100,
    d_warm: recent === undefined ? null : recent < 48 ? 1 : 0,
    d_pace: pace === undefined ? null : Math.round(pace * 1000) / 10,
  };
}

const DEFINITIONS = [...STORED, ...CALENDAR];
const NUMBERED = fromTheStart(DEFINITIONS);
const MONEY = new Set(DEFINITIONS.filter(({ money }) => money).map(({ name }) => name));

/** What the segments read, and what that is derived of: anything else would be computed a thousand times for nothing. */
function readBy(defined: readonly SegmentDefinition[]): ReadonlySet<string> {
  const named = [...JSON.stringify(defined).matchAll(/"feature":"(\w+)"/g)].map(([, name = '']) => name);
  const inputs = DERIVED.flatMap(({ name, expression = '' }) =>
    named.includes(name) ? (expression.match(/[a-z]\w*/g) ?? []) : [],
  );
  return new Set([...named, ...inputs]);
}

/** Values as conditions compare them. */
function valuesAt(
  kept: readonly Kept[],
  { now, read }: { readonly now: number; readonly read: ReadonlySet<string> },
): Record<string, JsonValue> {
  const values: Record<string, JsonValue> = {};
  const numbered = NUMBERED.filter(({ definition }) => read.has(definition.name));
  for (const [name, { value }] of Object.entries(naiveFeatures(numbered, kept, { now, currency: CURRENCY })))
    values[name] = MONEY.has(name) && typeof value === 'string' ? Number(value) : value;
  return { ...values, ...derived(values) };
}

const READ = [...DEFINITIONS, ...DERIVED].filter(({ name }) => name !== 'seen_1h');

const bound = fc.oneof(
  fc.constantFrom(0, 0.5, 1, 2, 3, 5, 24, 100),
  fc.integer({ min: -100, max: 600 }),
  fc.double({ min: 0, max: 20, noNaN: true }),
);

const term = fc
  .tuple(fc.constantFrom(...READ.map(({ name }) => name)), fc.constantFrom('gt', 'gte', 'lt', 'lte'), bound)
  .map(([feature, operator, number]) => ({ feature, [operator]: number }));

const between = fc
  .tuple(fc.constantFrom(...READ.map(({ name }) => name)), bound, bound)
  .map(([feature, a, b]) => ({ feature, between: [Math.min(a, b), Math.max(a, b)] }));

const missing = fc
  .tuple(fc.constantFrom(...READ.map(({ name }) => name)), fc.boolean())
  .map(([feature, exists]) => ({ feature, exists }));

const item = fc.constantFrom('i1', 'i2', 'i3').map((contains) => ({ feature: 'seen_1h', contains }));

const condition = fc.oneof(
  { weight: 4, arbitrary: term },
  { weight: 1, arbitrary: between },
  { weight: 1, arbitrary: missing },
  { weight: 1, arbitrary: item },
  { weight: 1, arbitrary: fc.array(term, { minLength: 1, maxLength: 3 }).map((all) => ({ all })) },
  { weight: 1, arbitrary: fc.array(term, { minLength: 1, maxLength: 3 }).map((any) => ({ any })) },
  { weight: 1, arbitrary: term.map((not) => ({ not })) },
);

/** Some ask about those before them, and three exclude each other. */
const segments: fc.Arbitrary<readonly SegmentDefinition[]> = fc
  .array(fc.tuple(condition, fc.nat(11)), { minLength: 8, maxLength: 12 })
  .map((all) =>
    all.map(([when, other], index) => {
      const name = `s${index}`;
      if (index < 3) return segmentOf(name, when, { group: 'stage', rank: index });
      if (index === 3) return segmentOf(name, when, { kind: 'tag' });
      if (index === 4) return segmentOf(name, { all: [{ tag: 's3' }, when] });
      if (index === 5) return segmentOf(name, { any: [{ segment: `s${other % 5}` }, { not: when }] });
      return segmentOf(name, when);
    }),
  );

const later = fc.oneof(fc.nat(2 * DAY_MS), fc.nat(60 * DAY_MS), fc.nat(400 * DAY_MS));

/** How many moments of how many streams are compared, together. */
const RUNS = 25;
const LOOKS = 10;

describe('who is in which segment', () => {
  it.each([1, 2, 3, 4])('equals a recomputation from all events at 250 random times (%i of 4)', () => {
    const reads = fc.array(fc.tuple(fc.nat(50), later), { minLength: LOOKS, maxLength: LOOKS });
    let looks = 0;
    fc.assert(
      fc.property(stream, segments, reads, (kept, defined, moments) => {
        const world = new SegmentWorld();
        const read = readBy(defined);
        world.define(
          [...DEFINITIONS, ...DERIVED].filter(({ name }) => read.has(name)),
          defined,
        );
        kept.forEach(({ event, facet, appendedAt }, index) => {
          world.event('p', { ...event, facet }, appendedAt);
          const until = kept[index + 1]?.appendedAt ?? Number.POSITIVE_INFINITY;
          const here = moments
            .filter(([at]) => at % kept.length === index)
            .map(([, wait]) => Math.min(appendedAt + wait, until))
            .sort((a, b) => a - b);
          for (const now of here) {
            world.passUntil(now);
            looks++;
            const values = valuesAt(kept.slice(0, index + 1), { now, read });
            const expected = [...naiveSegments(defined, { features: values })].sort();
            expect(world.members('p'), `${now - START} ms after the start`).toEqual(expected);
          }
        });
      }),
      { numRuns: RUNS },
    );
    expect(looks).toBe(RUNS * LOOKS);
  });
});
