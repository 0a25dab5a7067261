import { describe, expect, it } from 'vitest';
import { hashText, Random, scattered } from '../../src/generate/random.ts';

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe('chance from a seed', () => {
  it('is the same for the same seed and another for another', () => {
    const of = (seed: string) => {
      const random = new Random(seed);
      return draw(20, () => random.below(1_000_000));
    };
    expect(of('a')).toEqual(of('a'));
    expect(of('a')).not.toEqual(of('b'));
  });

  it('fills its range evenly', () => {
    const random = new Random('even');
    const counts = new Array<number>(10).fill(0);
    for (const value of draw(50_000, () => random.below(10))) counts[value] = (counts[value] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 5_000)).toBeLessThan(350);
  });

  it('takes both ends of a range and nothing beyond', () => {
    const random = new Random('ends');
    const values = new Set(draw(500, () => random.between(3, 6)));
    expect([...values].sort()).toEqual([3, 4, 5, 6]);
  });

  it('draws weights as often as they weigh, and never a weight of zero', () => {
    const random = new Random('weights');
    const counts = [0, 0, 0, 0];
    for (const at of draw(40_000, () => random.weighted([1, 0, 3, 0]))) counts[at] = (counts[at] ?? 0) + 1;
    expect(counts[1]).toBe(0);
    expect(counts[3]).toBe(0);
    expect((counts[2] ?? 0) / (counts[0] ?? 1)).toBeCloseTo(3, 0);
  });

  it('waits as long as it should on average', () => {
    const random = new Random('waiting');
    const times = draw(50_000, () => random.exponential(6));
    expect(times.reduce((sum, time) => sum + time, 0) / times.length).toBeCloseTo(6, 0);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
  });

  it('scatters numbers into texts that do not collide', () => {
    const texts = new Set(Array.from({ length: 200_000 }, (_, n) => scattered(7, 'device', n)));
    expect(texts.size).toBe(200_000);
    expect(scattered(7, 'device', 5)).toBe(scattered(7, 'device', 5));
    expect(scattered(7, 'device', 5)).not.toBe(scattered(8, 'device', 5));
    expect(hashText('a', 1)).not.toBe(hashText('a', 2));
  });
});
