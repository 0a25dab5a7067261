import { describe, expect, it } from 'vitest';
import {
  closedFacetId,
  epochOfFacetId,
  facetKeyOf,
  historyFacetId,
  isClosedFacet,
} from '../../src/model/facet-id.ts';

describe('the name of a facet', () => {
  it('tells a closed one from an open one, and which closing it was', () => {
    const closed = closedFacetId({ id: 'k-_1', epoch: 12 });
    expect(closed).toBe('k-_1~12');
    expect([isClosedFacet(closed), isClosedFacet('k-_1')]).toEqual([true, false]);
    expect([facetKeyOf(closed), facetKeyOf('k-_1')]).toEqual(['k-_1', 'k-_1']);
    expect([epochOfFacetId(closed), epochOfFacetId('k-_1')]).toEqual([12, 0]);
  });

  it('stays the same in history when the facet is closed', () => {
    for (const epoch of [0, 1, 7]) {
      const open = { id: 'key', epoch };
      expect(historyFacetId({ id: closedFacetId(open), epoch })).toBe(historyFacetId(open));
    }
    expect([0, 1, 2].map((epoch) => historyFacetId({ id: 'key', epoch }))).toEqual(['key', 'key~1', 'key~2']);
  });
});
