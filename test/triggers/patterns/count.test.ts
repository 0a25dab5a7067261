import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { MINUTE_MS } from '../../../src/model/time.ts';
import { PipelineWorld, type Sent, START, shortly, triggerOn } from '../pipeline-world.ts';

const viewed = { event: 'product_viewed' };
const view = (item: string | undefined, more: Sent = {}): Sent => ({
  properties: item === undefined ? {} : { item_id: item },
  ...more,
});
const ofItem = triggerOn({ count: 2, of: viewed, within: '30m', by: 'properties.item_id' });

describe('n events of one value', () => {
  it('are counted by that value; an event without one is none', () => {
    const world = new PipelineWorld({ triggers: [ofItem] });
    world.event(0, view('i1'));
    world.event(1, view('i2'));
    world.event(2, view(undefined));
    world.event(3, view('x'.repeat(limits.triggerKeyCharactersMax + 1)));
    expect(world.event(4, view('i2', { id: 'e' })).map(shortly)).toEqual(['fired i2 e']);
    expect(world.event(5, view('i1', { id: 'f' })).map(shortly)).toEqual(['fired i1 f']);
    expect(world.header()?.triggers.size).toBe(0);
  });

  it('are forgotten beyond as many values as a profile keeps, the longest unseen first', () => {
    const world = new PipelineWorld({ triggers: [ofItem] });
    for (let n = 0; n <= limits.triggerKeysMax; n++) world.event(n / 10, view(`i${n}`));
    expect(world.event(8, view('i0'))).toEqual([]);
    expect(world.event(9, view('i2'))).toHaveLength(1);
  });
});

describe('what is remembered of a count', () => {
  it('stays bounded whatever the traffic', () => {
    const never = triggerOn({ count: 100, of: viewed, within: '1d', unless: { event: 'order_completed' } });
    const world = new PipelineWorld({ triggers: [never, { ...ofItem, when: { trait: 'x', equals: 1 } }] });
    for (let n = 0; n < 300; n++) world.event(n / 10, view(`i${n % 100}`, { late: n % 2 === 0 }));
    const memories = [...(world.header()?.triggers.values() ?? [])].map(({ matches }) => matches.length);
    expect(Math.max(...memories)).toBeLessThanOrEqual(limits.triggerKeysMax * limits.triggerMatchesMax);
    expect(Math.min(...memories)).toBeLessThanOrEqual(100);
  });

  it('forgets what no window reaches any more', () => {
    const world = new PipelineWorld({ triggers: [triggerOn({ count: 3, of: viewed, within: '30m' })] });
    for (let n = 0; n < 50; n++) world.event(n * 31);
    expect(world.header()?.triggers.get('watched')?.matches).toHaveLength(1);
  });
});

describe('a count, over any order of arrival, lateness and facets that leave', () => {
  it('agrees with a list of everything', () => {
    const step = fc.record({
      time: fc.nat(120),
      late: fc.boolean(),
      unless: fc.nat(9).map((n) => n === 0),
      facet: fc.constantFrom('a', 'b'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, leaving) => {
        const unless = { event: 'order_completed' };
        const world = new PipelineWorld({
          triggers: [triggerOn({ count: 3, of: viewed, within: '30m', unless })],
        });
        let views: { time: number; facet: string }[] = [];
        let orders: { time: number; facet: string }[] = [];
        for (const [n, { time, late, unless: isOrder, facet }] of steps.entries()) {
          const at = 200 + n;
          if (n === leaving) {
            world.move({ reason: 'split', from: 'p', to: 'r', facets: ['b'] }, at);
            views = views.filter((each) => each.facet !== 'b');
            orders = orders.filter((each) => each.facet !== 'b');
          }
          if (n >= leaving && facet === 'b') continue;
          const type = isOrder ? 'order_completed' : 'product_viewed';
          const fired = world.event(time, { at, facet, type, ...(late ? { late } : {}) });
          (isOrder ? orders : views).push({ time, facet });
          const latest = Math.max(...views.map((each) => each.time));
          const unlessAt = Math.max(...orders.map((each) => each.time));
          const inWindow = views.filter((each) => each.time > latest - 30);
          const expected =
            !isOrder && !late && inWindow.length >= 3 && !(unlessAt > latest - 30 && unlessAt <= latest);
          expect(fired).toHaveLength(expected ? 1 : 0);
          if (expected) {
            expect(fired[0]?.at).toBe(START + at * MINUTE_MS);
            views = [];
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
