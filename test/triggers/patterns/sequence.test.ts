import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TriggerMatch } from '../../../src/model/profile.ts';
import type { TriggerDefinition } from '../../../src/model/trigger.ts';
import { findChain } from '../../../src/triggers/patterns/find-chain.ts';
import { byTime } from '../../../src/triggers/patterns/memory.ts';
import type { ChainStep } from '../../../src/triggers/patterns/pattern.ts';
import { PipelineWorld, type Sent, START, shortly, triggerOn } from '../pipeline-world.ts';

const of = (type: string, item: string, more: Sent = {}): Sent => ({
  type,
  properties: { item_id: item },
  ...more,
});
const worldOf = (sequence: readonly object[]): PipelineWorld =>
  new PipelineWorld({ triggers: [triggerOn({ sequence } as TriggerDefinition['on'])] });

describe('a sequence', () => {
  const steps = [
    { event: 'product_viewed', key: 'properties.item_id' },
    { not: { event: 'product_removed' } },
    { event: 'product_added', within: '1h' },
  ];

  it('is complete with the last event, of the same item, within its gap', () => {
    const world = worldOf(steps);
    world.event(0, of('product_viewed', 'i1'));
    world.event(1, of('product_viewed', 'i2'));
    expect(world.event(61, of('product_added', 'i1', { id: 'late' }))).toEqual([]);
    expect(world.event(61, of('product_added', 'i2', { id: 'e' })).map(shortly)).toEqual(['fired i2 e']);
    expect(world.event(62, of('product_added', 'i2'))).toEqual([]);
  });

  it('is complete with whichever event comes last, in whatever order they happened', () => {
    const world = worldOf(steps);
    world.event(10, of('product_added', 'i1'));
    expect(world.event(5, of('product_viewed', 'i1', { at: 11, id: 'view' })).map(shortly)).toEqual([
      'fired i1 view',
    ]);
    expect(world.header()?.triggers.size).toBe(0);
  });

  it('is none where something forbidden lies strictly between', () => {
    const world = worldOf(steps);
    world.event(0, of('product_viewed', 'i1'));
    world.event(1, of('product_removed', 'i1'));
    expect(world.event(2, of('product_added', 'i1'))).toEqual([]);
    world.event(3, of('product_viewed', 'i1'));
    world.event(3, of('product_removed', 'i1'));
    expect(world.event(4, of('product_added', 'i1'))).toHaveLength(1);
  });

  it('takes an event for one step of a chain only, and the latest of several', () => {
    const world = worldOf([{ event: 'product_viewed' }, { event: 'product_viewed' }]);
    expect(world.event(0)).toEqual([]);
    const [firing] = world.event(1);
    expect(firing?.trace.matched).toEqual({ times: [START, START + 60_000] });
    expect(world.event(2)).toEqual([]);
    expect(world.event(3)).toHaveLength(1);
  });

  it('remembers late events, which complete nothing', () => {
    const world = worldOf(steps);
    world.event(0, of('product_viewed', 'i1', { late: true }));
    expect(world.event(1, of('product_added', 'i1', { late: true }))).toEqual([]);
    expect(world.event(2, of('product_added', 'i1'))).toHaveLength(1);
  });

  it('leaves alone events without a key', () => {
    const world = worldOf(steps);
    world.event(0, { properties: {} });
    expect(world.event(1, { type: 'product_added', properties: {} })).toEqual([]);
    expect(world.header()?.triggers.size).toBe(0);
  });
});

/** All chains by trying everything; of those with the event, the one that is latest from its end backwards. */
function naiveChain(
  steps: readonly ChainStep[],
  matches: readonly TriggerMatch[],
  including: string,
): readonly TriggerMatch[] | undefined {
  let best: readonly TriggerMatch[] | undefined;
  const later = (a: readonly TriggerMatch[], b: readonly TriggerMatch[]): boolean => {
    for (let at = a.length - 1; at >= 0; at--) {
      const order = byTime(a[at] as TriggerMatch, b[at] as TriggerMatch);
      if (order !== 0) return order > 0;
    }
    return false;
  };
  const extend = (chain: readonly TriggerMatch[]): void => {
    const step = chain.length;
    if (step === steps.length) {
      const has = chain.some(({ cause }) => cause === including);
      if (has && (best === undefined || later(chain, best))) best = chain;
      return;
    }
    for (const match of matches) {
      if (match.step !== step) continue;
      const before = chain.at(-1);
      if (before !== undefined) {
        if (byTime(before, match) >= 0) continue;
        if (match.time - before.time > (steps[step]?.withinMs ?? 0)) continue;
        const between = matches.some(
          (each) => each.step === -1 - step && each.time > before.time && each.time < match.time,
        );
        if (between) continue;
      }
      extend([...chain, match]);
    }
  };
  extend([]);
  return best;
}

describe('the search for a chain', () => {
  it('finds what trying everything finds', () => {
    const step = fc.constantFrom(3, 8, Number.POSITIVE_INFINITY).map(
      (withinMs): ChainStep => ({
        matches: () => true,
        key: () => '',
        item: undefined,
        withinMs,
        nots: [],
      }),
    );
    const match = fc.record({
      step: fc.integer({ min: -4, max: 3 }).filter((n) => n !== -1),
      time: fc.nat(20),
      n: fc.nat(9),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 4 }),
        fc.array(match, { minLength: 1, maxLength: 14 }),
        (steps, drawn) => {
          const matches = drawn
            .map(
              ({ step: at, time, n }): TriggerMatch => ({
                step: at,
                time,
                cause: `c${n}-${time}`,
                key: 'k',
                facet: '',
              }),
            )
            .sort(byTime);
          const including = matches[0]?.cause ?? '';
          const found = findChain({ steps, matches, key: 'k', including });
          expect(found).toEqual(naiveChain(steps, matches, including));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
