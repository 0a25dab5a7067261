/** What was usual, of the same hours before. */
export interface Usual {
  readonly median: number;
  /** Median of the absolute deviations from the median. */
  readonly mad: number;
}

export function usualOf(counts: readonly number[]): Usual {
  const middle = medianOf(counts);
  return { median: middle, mad: medianOf(counts.map((count) => Math.abs(count - middle))) };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const above = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? above : ((sorted[half - 1] ?? 0) + above) / 2;
}

/** Makes the MAD of a normal distribution its standard deviation. */
const NORMAL = 1.4826;
/** No shop sells to the hour what it sold a week ago: so much of the median is nothing unusual, even where the past was flat. */
const NATURAL = 0.1;

/**
 * The modified z-score (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993): how many deviations a count is from the
 * median. Medians, because a bad hour of the past must not make the next one look good. Of eight weeks a MAD may come out far too
 * small by chance, so a deviation is at least that of counting (the root of the median) and a tenth of the median.
 */
export function robustScore(count: number, { median, mad }: Usual): number {
  const deviation = Math.max(NORMAL * mad, Math.sqrt(Math.max(median, 1)), NATURAL * median);
  return (count - median) / deviation;
}
