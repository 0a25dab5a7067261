/** To so many decimals; null for what is no number that JSON can hold. */
export function roundTo(value: number, decimals: number): number | null {
  const factor = 10 ** decimals;
  const rounded = Math.round(value * factor) / factor;
  return Number.isFinite(rounded) ? rounded + 0 : null;
}
