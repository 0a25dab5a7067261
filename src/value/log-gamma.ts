/** Coefficients of Lanczos' approximation for g = 7 (Godfrey's table of nine): relative error below 1e-14. */
const G = 7;
const FIRST = 0.99999999999980993;
const COEFFICIENTS = Object.freeze([
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]);
const HALF_LOG_TAU = 0.5 * Math.log(2 * Math.PI);

/** ln Γ(x) for x > 0; NaN elsewhere. Lanczos (1964), "A Precision Approximation of the Gamma Function". */
export function logGamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  // Below a half the series loses digits; the recurrence Γ(x + 1) = x Γ(x) leads above it.
  if (x < 0.5) return logGamma(x + 1) - Math.log(x);
  const z = x - 1;
  let series = FIRST;
  for (let i = 0; i < COEFFICIENTS.length; i += 1) series += (COEFFICIENTS[i] ?? 0) / (z + i + 1);
  const t = z + G + 0.5;
  return HALF_LOG_TAU + (z + 0.5) * Math.log(t) - t + Math.log(series);
}
