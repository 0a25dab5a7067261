import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { IdSet } from '../../src/model/id-set.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, KindRegister } from '../../src/model/profile.ts';
import { DAY_MS, dayOf } from '../../src/model/time.ts';
import { emptyFacet, emptyHeader } from '../../src/profile/facets.ts';
import { crowdedNeeds, foldedFacetId, foldOldest, isCrowded } from '../../src/profile/fold-facets.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

const NOW = 20_000 * DAY_MS;

/** A profile whose facet n was last seen n days after the first; `live` of the newest have live deduplication ids. */
function scene(count: number, live: number) {
  const view = new MapView();
  const header = emptyHeader('p', 1, 'person');
  for (let n = 0; n < count; n++) {
    const day = n >= count - live ? dayOf(NOW) - 7 : dayOf(NOW) - 8;
    const id = `f${n}`;
    header.facets.push(id);
    view.put(keys.facet('p', id), { ...emptyFacet(id), events: 1, first: n, last: n, dedupDays: [day] });
    view.put(keys.dedup(day, 'p', id), { ids: IdSet.of() });
  }
  const context = recordingContext(view, { seq: 1, now: NOW });
  const folded: string[] = [];
  const fold = () => foldOldest(header, context, (_into, from) => folded.push(from.id));
  return { view, header, fold, folded };
}

describe('a crowded profile', () => {
  it('is one that has as many facets as it may and gets another', () => {
    const { header } = scene(limits.facetsPerProfileMax, 0);
    expect([isCrowded(header, 'another'), isCrowded(header, 'f0'), isCrowded(undefined, 'f0')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isCrowded(scene(limits.facetsPerProfileMax - 1, 0).header, 'another')).toBe(false);
    expect(crowdedNeeds(header)).toHaveLength(limits.facetsPerProfileMax + 1);
  });

  it('folds the older half of what has no live deduplication ids into one facet', () => {
    const { view, header, fold, folded } = scene(10, 4);
    expect(fold()).toBe(true);
    expect(folded).toEqual(['f0', 'f1', 'f2']);
    expect(header.facets).toEqual(['f3', 'f4', 'f5', 'f6', 'f7', 'f8', 'f9', foldedFacetId('p')]);
    expect(view.get<Facet>(keys.facet('p', foldedFacetId('p')))).toMatchObject({
      events: 3,
      first: 0,
      last: 2,
    });
    for (const id of folded) {
      expect(view.get(keys.facet('p', id))).toBeUndefined();
      expect(view.get(keys.dedup(dayOf(NOW) - 8, 'p', id))).toBeUndefined();
    }
  });

  it('goes on with the same facet, and never folds that one into itself', () => {
    const { view, header, fold } = scene(4, 0);
    for (let round = 0; round < 5; round++) fold();
    expect(header.facets).toEqual([foldedFacetId('p')]);
    expect(view.get<Facet>(keys.facet('p', foldedFacetId('p')))?.events).toBe(4);
    expect(fold()).toBe(false);
  });

  it('folds closed facets, and leaves open ones that were closed before: they know their number', () => {
    const { view, header, fold, folded } = scene(6, 0);
    const kind: KindRegister = { kind: 'staff', by: 'event', time: 1, tie: 's\0e' };
    for (const id of ['f0', 'f1']) {
      const facet = view.get<Facet>(keys.facet('p', id));
      if (facet !== undefined) facet.epoch = 1;
    }
    header.facets.push('f9~0');
    view.put(keys.facet('p', 'f9~0'), { ...emptyFacet('f9~0'), events: 1, kind });
    fold();
    expect(folded).toEqual(['f9~0', 'f2', 'f3']);
    expect(header.facets).toEqual(['f0', 'f1', 'f4', 'f5', foldedFacetId('p')]);
    expect(view.get<Facet>(keys.facet('p', foldedFacetId('p')))).toMatchObject({ events: 3, kind });
  });

  it('folds nothing while every facet has live deduplication ids', () => {
    const { header, fold } = scene(5, 5);
    expect(fold()).toBe(false);
    expect(header.facets).toHaveLength(5);
  });
});
