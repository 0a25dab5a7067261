import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combinationKey, facetKey, pseudoFacet, pseudoFacetOf } from '../../src/ingest/facet-key.ts';
import { limits } from '../../src/limits.ts';

const device = { type: 'device_id', hash: 'D'.repeat(22), verified: false };
const phone = { type: 'phone', hash: 'P'.repeat(22), verified: false };
const user = { type: 'user_id', hash: 'U'.repeat(22), verified: true };

function expected(...names: string[]): string {
  return createHash('sha256').update(names.join('\n')).digest().subarray(0, 16).toString('base64url');
}

describe('the key of a facet', () => {
  it('names the weakest and the strongest claim, and nothing between', () => {
    const pair = expected(`device_id:${device.hash}:s`, `user_id:${user.hash}:v`);
    expect(facetKey([device, user])).toBe(pair);
    expect(facetKey([device, phone, user])).toBe(pair);
    expect(facetKey([device])).toBe(expected(`device_id:${device.hash}:s`));
    expect(pair).toHaveLength(22);
  });

  it('tells stated from verified claims, and a claim alone from a pair', () => {
    const keys = [
      [user],
      [{ ...user, verified: false }],
      [device],
      [device, user],
      [device, { ...user, verified: false }],
    ];
    expect(new Set(keys.map((claims) => facetKey(claims))).size).toBe(keys.length);
  });
});

describe('the key of a combination', () => {
  it('is the facet for one or two claims, and names all of more', () => {
    expect(combinationKey([device])).toBe(facetKey([device]));
    expect(combinationKey([device, user])).toBe(facetKey([device, user]));
    const three = combinationKey([device, phone, user]);
    expect(three).not.toBe(facetKey([device, phone, user]));
    expect(three).not.toBe(combinationKey([device, { ...phone, hash: 'Q'.repeat(22) }, user]));
  });
});

describe('a pseudo-facet', () => {
  it('holds everything about one order, whatever reports it', () => {
    const facet = pseudoFacetOf({ orderKey: 'default/o-1', source: 'pos', id: 'e-1' });
    expect(pseudoFacetOf({ orderKey: 'default/o-1', source: 'web', id: 'e-2' })).toBe(facet);
    expect(facet).toMatch(/^u-\d+$/);
    expect(pseudoFacet(3)).toBe('u-3');
  });

  it('stays the same for ever: changing it would count resent events twice', () => {
    expect(pseudoFacetOf({ source: 'pos', id: 'e-1' })).toBe('u-67');
    expect(pseudoFacetOf({ orderKey: 'default/o-1', source: 'pos', id: 'e-1' })).toBe('u-166');
  });

  it('is in range, and all of them are used', () => {
    const used = new Set<string>();
    fc.assert(
      fc.property(fc.string(), fc.string(), (source, id) => {
        const facet = pseudoFacetOf({ source, id });
        expect(Number(facet.slice(2))).toBeLessThan(limits.pseudoFacets);
      }),
    );
    for (let i = 0; i < limits.pseudoFacets * 20; i += 1)
      used.add(pseudoFacetOf({ source: 'pos', id: `e-${i}` }));
    expect(used.size).toBe(limits.pseudoFacets);
  });
});
