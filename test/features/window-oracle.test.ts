import fc from 'fast-check';
import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { compileFeatures, type FeatureSet } from '../../src/features/compile.ts';
import { decodeFacet, encodeFacet } from '../../src/features/encode.ts';
import { readFeatures } from '../../src/features/read.ts';
import { addEvent } from '../../src/features/update.ts';
import type { NumberedDefinition } from '../../src/model/definitions.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { Facet } from '../../src/model/profile.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { everyAggregate, fromTheStart, type Windowing } from '../oracle/definitions.ts';
import { type Kept, naiveFeatures } from '../oracle/naive-features.ts';
import { later, streamAround, TURNS, type Turn } from '../oracle/window-stream.ts';

const CURRENCY = 'CNY';

function facetOf(facets: Map<string, Facet>, id: string): Facet {
  const facet = facets.get(id) ?? emptyFacet(id);
  facets.set(id, facet);
  return facet;
}

function lastAppend(kept: readonly Kept[]): number {
  return Math.max(...kept.map(({ appendedAt }) => appendedAt));
}

/** Whether something given back since then is of an order that was reported before. */
function givesBackWhatCameBefore(kept: readonly Kept[], createdAt: number): boolean {
  const orderOf = ({ event: { order } }: Kept): string => JSON.stringify([order?.namespace, order?.order_id]);
  const before = new Set(
    kept.filter(({ event, appendedAt }) => event.order !== undefined && appendedAt < createdAt).map(orderOf),
  );
  return kept.some((each) => each.appendedAt >= createdAt && before.has(orderOf(each)));
}

interface Case {
  readonly turn: Turn;
  readonly numbered: readonly NumberedDefinition[];
  readonly set: FeatureSet;
}

function createCase(turn: Turn, windowings: readonly Windowing[]): Case {
  const definitions = windowings.flatMap((windowing, index) =>
    everyAggregate(windowing).map(
      (definition): FeatureDefinition => ({ ...definition, name: `w${index}_${definition.name}` }),
    ),
  );
  const numbered = fromTheStart(definitions);
  return { turn, numbered, set: compileFeatures(numbered, { reportingCurrency: CURRENCY }) };
}

/** Two of the shapes in each zone; all of them would take too long. */
const CASES: readonly Case[] = TURNS.flatMap((turn, index) => [
  createCase(turn, [{ windows: ['day', 'month', 'session'], zone: turn.zone }]),
  index % 2 === 0
    ? createCase(turn, [
        { windows: ['day', 'week'], zone: turn.zone, previous: 1 },
        { windows: ['session'], idle: '4h' },
      ])
    : createCase(turn, [
        { windows: ['week', 'session'], zone: turn.zone, idle: '2m' },
        { windows: ['month'], zone: turn.zone, previous: 3 },
      ]),
]);

function nameOf({ turn, numbered }: Case): string {
  const windows = new Set(
    numbered.map(({ definition: { window, previous } }) => `${window}-${previous ?? 0}`),
  );
  return `${turn.zone} ${new Date(turn.at).toISOString().slice(0, 16)} (${[...windows].join(', ')})`;
}

describe.each(CASES.map((each) => [nameOf(each), each] as const))(
  'windows in %s',
  (_name, { turn, numbered, set }) => {
    it('equal the naive ones whenever they are read, over one facet and over merged ones', () => {
      const moments = fc.array(fc.tuple(fc.nat(50), later), { minLength: 3, maxLength: 3 });
      const property = fc.property(streamAround(turn), moments, (kept, reads) => {
        const facets = new Map<string, Facet>();
        kept.forEach(({ facet, event, appendedAt }, index) => {
          addEvent(set, facetOf(facets, facet), event, appendedAt);
          const until = kept[index + 1]?.appendedAt ?? Number.POSITIVE_INFINITY;
          for (const [at, wait] of reads) {
            if (at % kept.length !== index) continue;
            const now = Math.min(appendedAt + wait, until);
            const part = kept.slice(0, index + 1);
            const whole = readFeatures(set, [...facets.values()], now);
            expect(whole).toEqual(naiveFeatures(numbered, part, { now, currency: CURRENCY }));
            const own = part.filter((entry) => entry.facet === facet);
            expect(readFeatures(set, [facetOf(facets, facet)], now)).toEqual(
              naiveFeatures(numbered, own, { now, currency: CURRENCY }),
            );
          }
        });
      });
      fc.assert(property, { numRuns: 5, endOnFailure: true });
    });
  },
);

describe('windows', () => {
  const shuffled = (turn: Turn): fc.Arbitrary<readonly [readonly Kept[], readonly Kept[]]> =>
    streamAround(turn).chain((kept) =>
      fc.tuple(fc.constant(kept), fc.shuffledSubarray([...kept], { minLength: kept.length })),
    );
  const some = CASES.slice(0, 6);

  it.each(some.map((each) => [nameOf(each), each] as const))(
    'are the same bytes for any order of arrival and any way through several facets: %s',
    (_name, { turn, set }) => {
      const property = fc.property(shuffled(turn), fc.nat(50), ([kept, other], cut) => {
        const now = lastAppend(kept);
        // Order facts stay with their facets until they are read, so this is about everything else.
        const plain = (all: readonly Kept[]): readonly Kept[] =>
          all.filter(({ event }) => event.order === undefined);
        const fold = (all: readonly Kept[]): Facet => {
          const facet = emptyFacet('f');
          for (const { event } of plain(all)) addEvent(set, facet, event, now);
          return facet;
        };
        const bytes = (facet: Facet): string => pack(encodeFacet(set, facet)).toString('hex');
        const expected = bytes(fold(kept));
        expect(bytes(fold(other))).toBe(expected);
        const into = fold(other.slice(0, cut));
        const from = fold(other.slice(cut));
        for (const feature of set.features) {
          const a = into.aggregates.get(feature.number) as unknown[] | undefined;
          const b = from.aggregates.get(feature.number) as unknown[] | undefined;
          const empty = feature.operation.empty();
          const merged = feature.operation.merge(a ?? empty, b ?? empty);
          feature.operation.bound?.(merged, now);
          into.aggregates.set(feature.number, merged);
        }
        expect(bytes(into)).toBe(expected);
      });
      fc.assert(property, { numRuns: 15, endOnFailure: true });
    },
  );

  it('have equal values for any order of arrival, although parts were dropped at different moments', () => {
    for (const { turn, set } of some) {
      const property = fc.property(shuffled(turn), later, ([kept, other], wait) => {
        const now = lastAppend(kept) + wait;
        let clock = Number.NEGATIVE_INFINITY;
        const [timely, late] = [new Map<string, Facet>(), new Map<string, Facet>()];
        for (const { facet, event, appendedAt } of kept)
          addEvent(set, facetOf(timely, facet), event, appendedAt);
        for (const { facet, event, appendedAt } of other) {
          clock = Math.max(clock, appendedAt);
          addEvent(set, facetOf(late, facet), event, clock);
        }
        expect(readFeatures(set, [...late.values()], now)).toEqual(
          readFeatures(set, [...timely.values()], now),
        );
      });
      fc.assert(property, { numRuns: 3, endOnFailure: true });
    }
  });

  it('survive a way through bytes, and reading changes nothing', () => {
    for (const { turn, set } of some) {
      const property = fc.property(streamAround(turn), (kept) => {
        const now = lastAppend(kept);
        const facets = new Map<string, Facet>();
        for (const { facet, event, appendedAt } of kept)
          addEvent(set, facetOf(facets, facet), event, appendedAt);
        const all = [...facets.values()];
        const expected = readFeatures(set, all, now);
        const decoded = all.map((facet) => decodeFacet(set, structuredClone(encodeFacet(set, facet))));
        expect(readFeatures(set, decoded.toReversed(), now)).toEqual(expected);
        expect(readFeatures(set, all, now)).toEqual(expected);
      });
      fc.assert(property, { numRuns: 5, endOnFailure: true });
    }
  });

  it('are partial until what they hold was seen since the definition was created, and then right', () => {
    const before = compileFeatures([], { reportingCurrency: CURRENCY });
    for (const { turn, numbered } of some) {
      const shift = fc.integer({ min: -3 * DAY_MS, max: 6 * HOUR_MS });
      const property = fc.property(streamAround(turn), shift, later, (kept, ahead, wait) => {
        const createdAt = turn.at + ahead;
        const live = numbered.map((each) => ({ ...each, createdAt, origin: false }));
        const set = compileFeatures(live, { reportingCurrency: CURRENCY });
        const facets = new Map<string, Facet>();
        for (const { facet, event, appendedAt } of kept)
          addEvent(appendedAt < createdAt ? before : set, facetOf(facets, facet), event, appendedAt);
        const now = Math.max(createdAt, lastAppend(kept)) + wait;
        const values = readFeatures(set, [...facets.values()], now);
        expect(values).toEqual(naiveFeatures(live, kept, { now, currency: CURRENCY }));
        const complete = naiveFeatures(numbered, kept, { now, currency: CURRENCY });
        // What is given back belongs to the day of its order; where that came before the definition, it counts on its own.
        const unknown = givesBackWhatCameBefore(kept, createdAt);
        for (const { name, aggregate } of numbered.map(({ definition }) => definition))
          if (values[name]?.partial === false && !(unknown && aggregate === 'purchases'))
            expect(values[name]).toEqual(complete[name]);
      });
      fc.assert(property, { numRuns: 3, endOnFailure: true });
    }
  });
});
