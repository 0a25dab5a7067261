import { limits } from '../limits.ts';

/** The three parameters of the function. */
export interface HypergeometricParameters {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const PRECISION = 1e-15;

function series({ a, b, c }: HypergeometricParameters, z: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 0; n < limits.hypergeometricTermsMax; n += 1) {
    const before = Math.abs(term);
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
    // Terms may rise before they fall, so that one small term alone does not end the series.
    if (Math.abs(term) <= before && Math.abs(term) <= PRECISION * Math.abs(sum)) return sum;
  }
  return sum;
}

/**
 * Gauss' hypergeometric function ₂F₁(a, b; c; z) for 0 ≤ z < 1 by its power series. Where the parameters make that series
 * slow, Euler's transformation (Abramowitz and Stegun 15.3.3) gives another one with the same value, whose terms
 * fall faster.
 */
export function hypergeometric(parameters: HypergeometricParameters, z: number): number {
  const { a, b, c } = parameters;
  const excess = c - a - b;
  if (excess >= 0) return series(parameters, z);
  return (1 - z) ** excess * series({ a: c - a, b: c - b, c }, z);
}
