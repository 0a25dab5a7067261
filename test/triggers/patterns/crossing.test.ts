import { describe, expect, it } from 'vitest';
import type { FeatureDefinition } from '../../../src/model/feature.ts';
import type { SegmentDefinition } from '../../../src/model/segment.ts';
import { type InForce, PipelineWorld, shortly, triggerOn } from '../pipeline-world.ts';

const views: FeatureDefinition = {
  name: 'views',
  on: ['product_viewed'],
  aggregate: 'count',
  window: 'lifetime',
};
const recent: FeatureDefinition = { ...views, name: 'recent', window: '1h' };
const keen: SegmentDefinition = { name: 'keen', kind: 'segment', when: { feature: 'recent', gte: 2 } };

const worldOf = (on: Parameters<typeof triggerOn>[0], more: Partial<InForce> = {}): PipelineWorld =>
  new PipelineWorld({ triggers: [triggerOn(on)], features: [views, recent], segments: [keen], ...more });

describe('a feature that crosses a value', () => {
  it('is a candidate when the comparison turns true, by the event that did it, and not while it stays so', () => {
    const world = worldOf({ feature: 'views', gte: 2 });
    expect(world.event(0)).toEqual([]);
    expect(world.event(1, { id: 'e' }).map(shortly)).toEqual(['fired entered e']);
    expect(world.event(2)).toEqual([]);
  });

  it('is one again after it has turned false, also by time alone', () => {
    const up = worldOf({ feature: 'recent', gte: 2 });
    up.event(0);
    expect(up.event(1)).toHaveLength(1);
    up.until(120);
    up.event(130);
    expect(up.event(131)).toHaveLength(1);
    const down = worldOf({ feature: 'recent', lt: 1 });
    down.event(0);
    const [firing] = down.until(120);
    expect(firing).toMatchObject({ decision: 'fired', event_id: '', trace: { matched: { by: 'time' } } });
  });

  it('is none for a newcomer of whom it holds before the first event, nor by a late event', () => {
    const few = worldOf({ feature: 'views', lt: 3 });
    expect(few.event(0)).toEqual([]);
    const late = worldOf({ feature: 'views', gte: 1 });
    expect(late.event(0, { late: true })).toEqual([]);
    expect(late.event(1)).toEqual([]);
  });

  it('is none because somebody has defined it, or because people are one now', () => {
    const world = worldOf({ event: 'never' });
    world.event(0);
    world.event(1, { who: 'q' });
    world.define({ triggers: [triggerOn({ feature: 'views', gte: 1 })], features: [views, recent] });
    expect(world.event(2)).toEqual([]);
    expect(world.lookAnew('q')).toEqual([]);
    const merging = worldOf({ feature: 'views', gte: 2 });
    merging.event(0);
    merging.event(1, { who: 'q', facet: 'other' });
    expect(merging.move({ reason: 'merge', from: 'q', to: 'p', facets: [] }, 2)).toEqual([]);
    expect(merging.until(3)).toEqual([]);
    expect(merging.event(4)).toEqual([]);
  });

  it('is shown to nobody: no row, no count, no membership', () => {
    const world = worldOf({ feature: 'views', gte: 1 }, { segments: [] });
    world.event(0);
    expect([...(world.header()?.segments?.keys() ?? [])]).toEqual(['~watched']);
    expect(world.view.under<{ members: unknown[] }>('n/segments').get('')?.members ?? []).toEqual([]);
    expect(world.definitions.entry.segments).toEqual([]);
  });
});

describe('a segment that is entered or left', () => {
  it('is a candidate by an event, by time and by a merge', () => {
    const entered = worldOf({ segment: 'keen', change: 'entered' });
    entered.event(0);
    expect(entered.event(1, { id: 'e' }).map(shortly)).toEqual(['fired entered e']);
    const left = worldOf({ segment: 'keen', change: 'left' });
    left.event(0);
    left.event(1);
    expect(left.until(59)).toEqual([]);
    expect(left.until(120)).toMatchObject([
      { decision: 'fired', trace: { key: 'left', matched: { by: 'time' } } },
    ]);
    const merging = worldOf({ segment: 'keen', change: 'entered' });
    merging.event(0);
    merging.event(1, { who: 'q', facet: 'other' });
    merging.move({ reason: 'merge', from: 'q', to: 'p', facets: [] }, 2);
    expect(merging.until(3)).toMatchObject([{ decision: 'fired', trace: { matched: { by: 'facets' } } }]);
  });

  it('is none by a change of definitions, nor by a late event', () => {
    const world = worldOf(
      { segment: 'keen', change: 'entered' },
      { segments: [{ ...keen, when: { feature: 'recent', gte: 9 } }] },
    );
    world.event(0);
    world.event(1);
    world.define({
      triggers: [triggerOn({ segment: 'keen', change: 'entered' })],
      features: [views, recent],
      segments: [keen],
    });
    expect(world.event(2)).toEqual([]);
    expect(world.header()?.segments?.has('keen')).toBe(true);
    const late = worldOf({ segment: 'keen', change: 'entered' });
    late.event(0);
    expect(late.event(1, { late: true })).toEqual([]);
  });
});
