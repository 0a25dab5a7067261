import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, keysIn, placeOf, scanRanges } from '../../../src/adapters/redis/place.ts';

/** Keys that meet and nearly meet: of every kind, with marks too many and too few. */
const key = fc
  .tuple(
    fc.constantFrom(
      'c/',
      'd/',
      'd/1/',
      'f/',
      'f/a/',
      'g/',
      'i/',
      'i/a:',
      'n/',
      'o/',
      'v/',
      'x/',
      'x/p1/',
      'b/',
      'p/',
      'w/',
      'w/a/',
      'a',
      '',
    ),
    fc.string({ unit: fc.constantFrom(' ', '-', '/', ':', '0', 'a', 'b', '~'), minLength: 1, maxLength: 14 }),
  )
  .map(([kind, rest]) => kind + rest)
  .filter((one) => !one.startsWith('h/') && !/^f\/[^/]+\/$/.test(one) && !/^f\/\//.test(one));

describe('places of entries', () => {
  it('are in the order of the keys: first by bucket, then by field', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        const [low, high] = [one, other].sort() as [string, string];
        expect(bucketOf(low) <= bucketOf(high)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('give the keys back', () => {
    fc.assert(
      fc.property(key, (one) => {
        const { bucket, field } = placeOf(one);
        expect(keysIn(bucket, [field])).toEqual([one]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('put a header beside the facets of its profile, and not among them', () => {
    expect(placeOf('h/018f')).toEqual({ bucket: 'f/018f/', field: '' });
    expect(placeOf('f/018f/facet')).toEqual({ bucket: 'f/018f/', field: 'facet' });
    expect(keysIn('f/018f/', ['', 'facet'])).toEqual(['f/018f/facet']);
    expect(() => placeOf('f/018f/')).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(() => placeOf('h/a/b')).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it('scan headers for themselves, where the prefix asks for them', () => {
    expect(scanRanges('h/', '').map(({ kind }) => kind)).toEqual(['headers']);
    expect(scanRanges('f/', '').map(({ kind }) => kind)).toEqual(['entries']);
    expect(scanRanges('', '').map(({ kind }) => kind)).toEqual(['entries', 'headers', 'entries']);
    expect(scanRanges('', 'h/1').map(({ kind }) => kind)).toEqual(['headers', 'entries']);
    expect(scanRanges('', 'i/1').map(({ kind }) => kind)).toEqual(['entries']);
    expect(scanRanges('d/', 'e')).toEqual([]);
  });
});
