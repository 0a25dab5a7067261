/** So many of so many. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 97.5th percentile of the standard normal distribution: intervals of 95 %. */
const Z = 1.959963984540054;

/**
 * The score interval of a proportion, in [0, 1], which holds up where there are few or none (E. B. Wilson, Probable inference, the
 * law of succession, and statistical inference, JASA 22 (1927) 209-212). Undefined of nobody.
 */
export function wilsonInterval({ part, whole }: Share): Interval | undefined {
  if (whole === 0) return undefined;
  const share = part / whole;
  const middle = share + (Z * Z) / (2 * whole);
  const spread = Z * Math.sqrt((share * (1 - share)) / whole + (Z * Z) / (4 * whole * whole));
  const scale = 1 + (Z * Z) / whole;
  return { low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}

/**
 * The interval of a difference between two independent proportions, in [-1, 1] (R. G. Newcombe, Interval estimation for the
 * difference between independent proportions, Statistics in Medicine 17 (1998) 873-890, method 10). Undefined where one is of nobody.
 */
export function differenceInterval(one: Share, other: Share): Interval | undefined {
  const [a, b] = [wilsonInterval(one), wilsonInterval(other)];
  if (a === undefined || b === undefined) return undefined;
  const [p, q] = [one.part / one.whole, other.part / other.whole];
  const difference = p - q;
  return {
    low: difference - Math.hypot(p - a.low, b.high - q),
    high: difference + Math.hypot(a.high - p, q - b.low),
  };
}
