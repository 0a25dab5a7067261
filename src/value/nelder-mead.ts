import { limits } from '../limits.ts';

/** A point with what the function says of it. */
export interface Found {
  readonly point: readonly number[];
  readonly value: number;
}

export type Objective = (point: readonly number[]) => number;

const REFLECTION = 1;
const EXPANSION = 2;
const CONTRACTION = 0.5;
const SHRINKAGE = 0.5;
/** Length of the edges at the start and after each restart. */
const EDGE = 0.5;
/** Ends once all corners agree this closely, in value and in place. */
const VALUE_TOLERANCE = 1e-10;
const PLACE_TOLERANCE = 1e-7;

/**
 * Finds a minimum without derivatives (Nelder and Mead 1965, "A Simplex Method for Function Minimization"), and starts
 * again from what it has found until that changes nothing, because a simplex may collapse before it arrives. Yields the
 * best point after each evaluation, so that whoever runs it may rest in between; a value that is no number is avoided.
 */
export function* minimize(objective: Objective, start: readonly number[]): Generator<Found, Found> {
  const ask = (point: readonly number[]): Found => {
    const value = objective(point);
    return { point, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  let best = ask(start);
  for (let restart = 0; restart < limits.minimizeRestartsMax; restart += 1) {
    const found: Found = yield* descend(ask, best);
    const gained = best.value - found.value;
    best = found;
    if (gained <= VALUE_TOLERANCE * Math.max(1, Math.abs(best.value)) && restart > 0) break;
  }
  return best;
}

function* descend(ask: (point: readonly number[]) => Found, from: Found): Generator<Found, Found> {
  let simplex: Found[] = [from];
  for (let i = 0; i < from.point.length; i += 1) {
    simplex.push(ask(from.point.map((x, at) => (at === i ? x + EDGE : x))));
    yield from;
  }
  for (let step = 0; step < limits.minimizeStepsMax; step += 1) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0] ?? from;
    if (hasArrived(simplex)) return best;
    yield best;
    simplex = improved(ask, simplex);
  }
  simplex.sort((a, b) => a.value - b.value);
  return simplex[0] ?? from;
}

function hasArrived(simplex: readonly Found[]): boolean {
  const [best, ...others] = simplex;
  if (best === undefined) return true;
  return others.every(
    ({ point, value }) =>
      Math.abs(value - best.value) <= VALUE_TOLERANCE * Math.max(1, Math.abs(best.value)) &&
      point.every((x, i) => Math.abs(x - (best.point[i] ?? x)) <= PLACE_TOLERANCE),
  );
}

/** One step of a simplex in order of its values. */
function improved(ask: (point: readonly number[]) => Found, simplex: readonly Found[]): Found[] {
  const kept = simplex.slice(0, -1);
  const worst = simplex[simplex.length - 1] as Found; // It has one corner more than dimensions.
  const best = kept[0] as Found;
  const center = worst.point.map(
    (_, i) => kept.reduce((sum, { point }) => sum + (point[i] ?? 0), 0) / kept.length,
  );
  const along = (by: number): Found => ask(center.map((x, i) => x + by * (x - (worst.point[i] ?? x))));
  const reflected = along(REFLECTION);
  if (reflected.value < best.value) {
    const expanded = along(EXPANSION);
    return [...kept, expanded.value < reflected.value ? expanded : reflected];
  }
  if (reflected.value < (kept[kept.length - 1] as Found).value) return [...kept, reflected];
  const contracted = along(reflected.value < worst.value ? CONTRACTION : -CONTRACTION);
  if (contracted.value < Math.min(reflected.value, worst.value)) return [...kept, contracted];
  return [best, ...[...kept.slice(1), worst].map(({ point }) => ask(towards(best.point, point)))];
}

function towards(best: readonly number[], point: readonly number[]): readonly number[] {
  return point.map((x, i) => {
    const goal = best[i] ?? x;
    return goal + SHRINKAGE * (x - goal);
  });
}
