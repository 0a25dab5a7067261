import { describe, expect, it } from 'vitest';
import { type Found, minimize, type Objective } from '../../src/value/nelder-mead.ts';

function finish(objective: Objective, start: readonly number[]): { found: Found; steps: number } {
  const search = minimize(objective, start);
  for (let steps = 0; ; steps += 1) {
    const next = search.next();
    if (next.done) return { found: next.value, steps };
  }
}

describe('minimize', () => {
  it('finds the bottom of Rosenbrock’s valley', () => {
    const { found } = finish(([x = 0, y = 0]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2, [-1.2, 1]);
    expect(found.point[0]).toBeCloseTo(1, 4);
    expect(found.point[1]).toBeCloseTo(1, 4);
  });

  it('finds it in four dimensions, from far away, on scales that differ', () => {
    const goal = [3, -2, 0.5, 10];
    const { found } = finish(
      (point) => point.reduce((sum, x, i) => sum + 10 ** i * (x - (goal[i] ?? 0)) ** 2, 0),
      [0, 0, 0, 0],
    );
    found.point.forEach((x, i) => {
      expect(x).toBeCloseTo(goal[i] ?? 0, 3);
    });
  });

  it('stays away from where there is no value', () => {
    const { found } = finish(([x = 0]) => (x < 2 ? Number.NaN : x), [5]);
    expect(found.point[0]).toBeCloseTo(2, 4);
  });

  it('ends, also where there is no bottom', () => {
    expect(finish(([x = 0]) => -x, [0]).steps).toBeLessThan(50_000);
  });
});
