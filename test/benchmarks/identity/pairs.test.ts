import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeEvents, sumCauses } from '../../../benchmarks/identity/causes.ts';
import { measure } from '../../../benchmarks/identity/measure.ts';
import { Contingency, NONE, shareOf } from '../../../benchmarks/identity/pairs.ts';
import { UnionFind } from '../../../benchmarks/identity/union-find.ts';

/** Events with a group and a class each, some in none. */
const grouping = fc.array(
  fc.record({ group: fc.integer({ min: -1, max: 5 }), name: fc.integer({ min: -1, max: 5 }) }),
  { maxLength: 60 },
);

/** Pair by pair: what the table counts at once. */
function naive(groups: readonly number[], classes: readonly number[]) {
  let pairs = 0;
  let agreeing = 0;
  for (let a = 0; a < groups.length; a++)
    for (let b = a + 1; b < groups.length; b++) {
      if (groups[a] === NONE || groups[a] !== groups[b]) continue;
      pairs++;
      if (classes[a] !== NONE && classes[a] === classes[b]) agreeing++;
    }
  return { pairs, agreeing };
}

describe('pairs of events', () => {
  it('are counted from the table as they are one by one', () => {
    fc.assert(
      fc.property(grouping, (events) => {
        const groups = events.map(({ group }) => group);
        const classes = events.map(({ name }) => name);
        expect(new Contingency(groups, classes).count()).toEqual(naive(groups, classes));
      }),
    );
  });

  it('are charged to events so that the charges sum up to the wrong pairs, where every event has a class', () => {
    fc.assert(
      fc.property(grouping, (events) => {
        const groups = events.map(({ group }) => group);
        const classes = events.map(({ name }) => Math.max(0, name));
        const { pairs, agreeing } = naive(groups, classes);
        const charges = chargeEvents(groups, classes);
        expect(charges.reduce((sum, charge) => sum + charge.pairs, 0)).toBeCloseTo(pairs - agreeing, 6);
        const causes = sumCauses(charges, (event) => String(event % 3), 2);
        expect(causes.reduce((sum, cause) => sum + cause.pairs, 0)).toBeCloseTo(pairs - agreeing, 6);
        for (const { examples } of causes) expect(examples.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('make a share of one where there is none', () => {
    expect(shareOf({ pairs: 0, agreeing: 0 })).toBe(1);
    expect(shareOf({ pairs: 4, agreeing: 3 })).toBe(0.75);
  });
});

describe('the measures', () => {
  it('call everything right where profiles are people', () => {
    const same = [0, 0, 1, 1, 2];
    expect(measure({ profile: same, person: same, linkable: same })).toMatchObject({
      precision: 1,
      recall: 1,
      profiles: 3,
      collapsed: 0,
      split: 0,
      largestEvents: 2,
      largestPeople: 1,
    });
  });

  it('count a collapse against precision and a split against recall', () => {
    // Two people of two events each in one profile, a third person spread over two profiles.
    const measured = measure({
      profile: [0, 0, 0, 0, 1, 2],
      person: [0, 0, 1, 1, 2, 2],
      linkable: [0, 0, 1, 1, 2, 2],
    });
    expect(measured.precision).toBeCloseTo(2 / 6);
    expect(measured.recall).toBeCloseTo(2 / 3);
    expect(measured).toMatchObject({ collapsed: 1, split: 1, largestEvents: 4, largestPeople: 2 });
  });

  it('leave events that no profile claims out of precision, and count them as not found', () => {
    const measured = measure({ profile: [0, NONE, NONE], person: [0, 0, 1], linkable: [0, 0, NONE] });
    expect(measured).toMatchObject({ precision: 1, recall: 0, split: 1 });
  });
});

describe('the union-find', () => {
  it('finds what is connected, as walking along the edges does', () => {
    const edges = fc.array(fc.tuple(fc.nat({ max: 19 }), fc.nat({ max: 19 })), { maxLength: 30 });
    fc.assert(
      fc.property(edges, (list) => {
        const sets = new UnionFind();
        for (const [a, b] of list) sets.join(a, b);
        for (let from = 0; from < 20; from++) {
          const reached = new Set([from]);
          for (let grown = -1; grown !== reached.size; ) {
            grown = reached.size;
            for (const [a, b] of list) if (reached.has(a) || reached.has(b)) reached.add(a).add(b);
          }
          for (let to = 0; to < 20; to++) expect(sets.find(from) === sets.find(to)).toBe(reached.has(to));
        }
      }),
      { numRuns: 50 },
    );
  });
});
