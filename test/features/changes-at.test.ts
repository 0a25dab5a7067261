import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFeatures } from '../../src/features/compile.ts';
import { courseOfFeature } from '../../src/features/feature-uses.ts';
import { comparable, FeatureReader } from '../../src/features/read.ts';
import { addEvent } from '../../src/features/update.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { Facet } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { everyAggregate, fromTheStart } from '../oracle/definitions.ts';
import { START, stream } from '../oracle/generated-stream.ts';

const named = (prefix: string, definitions: readonly FeatureDefinition[]): readonly FeatureDefinition[] =>
  definitions.map((each) => ({ ...each, name: `${prefix}_${each.name}` }));

const DEFINITIONS = [
  ...named('w', everyAggregate({ windows: ['1h', '30d', 'lifetime'] })),
  ...named('c', everyAggregate({ windows: ['day', 'week'], zone: 'America/New_York' })),
  ...named('p', everyAggregate({ windows: ['month'], zone: 'Asia/Kathmandu', previous: 1 })),
  ...named('s', everyAggregate({ windows: ['session'] })),
];
const SET = compileFeatures(fromTheStart(DEFINITIONS), { reportingCurrency: 'CNY' });
const COURSES = new Map(DEFINITIONS.map(({ name }) => [name, courseOfFeature(SET, name)]));

/** Moments of a stretch, its ends among them. */
function within(from: number, to: number, shares: readonly number[]): readonly number[] {
  return [from, to, ...shares.map((share) => Math.floor(from + (to - from) * share))];
}

describe('the moment that a feature says it changes at', () => {
  it('comes before any change but for the way that the feature moves, for every aggregate and window', () => {
    const moments = fc.array(fc.integer({ min: 0, max: 90 * 86_400_000 }), { minLength: 1, maxLength: 2 });
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
    const property = fc.property(stream, moments, shares, (kept, waits, parts) => {
      const facets = new Map<string, Facet>();
      for (const { facet, event, appendedAt } of kept) {
        const known = facets.get(facet) ?? emptyFacet(facet);
        facets.set(facet, known);
        addEvent(SET, known, event, appendedAt);
      }
      const last = Math.max(START, ...kept.map(({ appendedAt }) => appendedAt));
      for (const wait of waits) {
        const now = last + wait;
        const reader = new FeatureReader(SET, { facets: [...facets.values()], now });
        for (const { name } of DEFINITIONS) {
          const jump = Math.min(reader.changesAt(name), now + 400 * 86_400_000);
          expect(jump, name).toBeGreaterThan(now);
          const values = within(now, jump - 1, parts)
            .toSorted((a, b) => a - b)
            .map((at) => comparable(reader.later(at).read(name)));
          const course = COURSES.get(name);
          if (course === 'fixed') for (const value of values) expect(value, name).toEqual(values[0]);
          else expectOneWay(values, name);
        }
      }
    });
    fc.assert(property, { numRuns: 40 });
  });
});

function expectOneWay(values: readonly unknown[], name: string): void {
  if (values.every((value) => value === null)) return;
  const numbers = values.map((value) => (typeof value === 'number' ? value : Number.NaN));
  const up = numbers.every((value, i) => i === 0 || value >= (numbers[i - 1] ?? value));
  const down = numbers.every((value, i) => i === 0 || value <= (numbers[i - 1] ?? value));
  expect(up || down, `${name}: ${numbers.join(', ')}`).toBe(true);
}
