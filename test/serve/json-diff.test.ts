import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonDiff } from '../../src/serve/json-diff.ts';

describe('the difference of two documents', () => {
  it('names each place once, with what stood and what stands there', () => {
    const before = { a: 1, b: { c: [1, 2, 3], d: 'x' }, gone: true };
    const after = { a: 2, b: { c: [1, 5], d: 'x' }, 'new/~': null };
    expect(jsonDiff(before, after, 100)).toEqual([
      { path: '/a', before: 1, after: 2 },
      { path: '/b/c/1', before: 2, after: 5 },
      { path: '/b/c/2', before: 3 },
      { path: '/new~1~0', after: null },
      { path: '/gone', before: true },
    ]);
  });

  it('takes a list and an object for different things', () => {
    expect(jsonDiff({ a: [] }, { a: {} }, 100)).toEqual([{ path: '/a', before: [], after: {} }]);
  });

  it('is empty exactly for equal documents, and bounded', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        // As JSON: -0 and undefined do not exist there.
        const [one, other] = [before, after].map((value) => JSON.parse(JSON.stringify(value)));
        expect(jsonDiff(one, structuredClone(one), 100)).toEqual([]);
        const changes = jsonDiff(one, other, 3);
        expect(changes.length === 0).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
        expect(changes.length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

/** The value with its keys in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
  // An empty object is not an empty list.
  return { fields };
}
