import { describe, expect, it } from 'vitest';
import { checkSet } from '../../src/definitions/definition-set.ts';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { SegmentDefinition } from '../../src/model/segment.ts';
import { featuresOf, segmentOf } from './segment-world.ts';

const features = featuresOf({ name: 'views', on: 'product_viewed', aggregate: 'count', window: '30d' });
const viewer = { feature: 'views', gte: 1 };

function refusal(...segments: readonly SegmentDefinition[]): string {
  try {
    checkSet({ features, sources: [], triggers: [], segments }, 'CNY');
  } catch (error) {
    if (error instanceof TesseraError) return `${error.code} ${error.path} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('segments are refused', () => {
  it('that ask about themselves, with the way around', () => {
    const around = refusal(
      segmentOf('a', { segment: 'b' }),
      segmentOf('b', { any: [viewer, { not: { segment: 'c' } }] }),
      segmentOf('c', { all: [viewer, { segment: 'a' }] }),
    );
    expect(around).toMatch(/^invalid_definition \/when segment a: \/when: asks about itself: a → b → c → a$/);
    expect(refusal(segmentOf('a', { segment: 'a' }))).toMatch(/a → a/);
  });

  it('that go around by a tag which a rule puts on, or by their rank', () => {
    expect(
      refusal(segmentOf('vip', { segment: 'known' }, { kind: 'tag' }), segmentOf('known', { tag: 'vip' })),
    ).toMatch(/vip → known → vip/);
    expect(
      refusal(
        segmentOf('first', { segment: 'second' }, { group: 'stage', rank: 1 }),
        segmentOf('second', viewer, { group: 'stage', rank: 2 }),
      ),
    ).toMatch(/first → second → first/);
  });

  it.each<[string, SegmentDefinition, RegExp]>([
    [
      'an unknown feature',
      segmentOf('a', { all: [viewer, { feature: 'vews', gte: 1 }] }),
      /\/when\/all\/1\/feature .*no feature "vews"/,
    ],
    [
      'an unknown segment',
      segmentOf('a', { not: { segment: 'b' } }),
      /\/when\/not\/segment .*no segment "b"/,
    ],
    [
      'what no standing in the program says',
      segmentOf('a', { loyalty: 'stars', gte: 1 }),
      /\/when\/loyalty .*one of points, pending, debt, tier, expiring/,
    ],
    [
      'a path into an event',
      segmentOf('a', { 'properties.brand': { equals: 'x' } }),
      /\/when\/properties\.brand .*here is none/,
    ],
    ['a tag with a comparison', segmentOf('a', { tag: 'vip', gt: 1 }), /\/when .*a tag and a segment take/],
    ['a rank without a group', segmentOf('a', viewer, { rank: 1 }), /\/rank /],
    ['a group without a rank', segmentOf('a', viewer, { group: 'stage' }), /\/rank /],
  ])('for %s', (_what, segment, expected) => {
    expect(refusal(segment).replace('segment a: ', '')).toMatch(expected);
  });

  it('of one name, of one rank, in a chain that is too long, and beyond their number', () => {
    expect(refusal(segmentOf('a', viewer), segmentOf('a', viewer))).toMatch(/\/name .*two segments/);
    const stage = { group: 'stage', rank: 1 };
    expect(refusal(segmentOf('a', viewer, stage), segmentOf('b', viewer, stage))).toMatch(/same rank/);
    const chain = Array.from({ length: limits.segmentChainMax + 1 }, (_, n) =>
      segmentOf(`s${n}`, n === 0 ? viewer : { segment: `s${n - 1}` }),
    );
    expect(refusal(...chain.slice(0, -1))).toBe('none');
    expect(refusal(...chain.toReversed())).toMatch(/a chain of more than/);
    const many = Array.from({ length: limits.segmentsMax + 1 }, (_, n) => segmentOf(`s${n}`, viewer));
    expect(refusal(...many.slice(1))).toBe('none');
    expect(refusal(...many)).toMatch(/invalid_definition \/name .*at most 1000/);
  });
});
