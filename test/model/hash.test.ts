import { describe, expect, it } from 'vitest';
import { HASH_RANGE, hash53 } from '../../src/model/hash.ts';

describe('the hash', () => {
  it('is an integer below its range and stays the same between versions', () => {
    for (const text of ['', 'a', 'item-1', '商品']) {
      expect(Number.isSafeInteger(hash53(text))).toBe(true);
      expect(hash53(text)).toBeLessThan(HASH_RANGE);
    }
    expect(['', 'a', 'item-1', '商品'].map(hash53)).toMatchInlineSnapshot(`
      [
        3202282230826529,
        3986411061231088,
        2880671408158933,
        7206217221932956,
      ]
    `);
  });

  it('spreads similar texts evenly and does not collide on them', () => {
    const buckets = new Array<number>(64).fill(0);
    const seen = new Set<number>();
    const texts = 64_000;
    for (let index = 0; index < texts; index += 1) {
      const hash = hash53(`sku-${index}`);
      seen.add(hash);
      const bucket = Math.floor((hash / HASH_RANGE) * buckets.length);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(seen.size).toBe(texts);
    // Chi-square with 63 degrees of freedom: above 120 has a chance of about one in 50,000.
    const expected = texts / buckets.length;
    const chiSquare = buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(120);
  });
});
