const WIDTH = 96;
const HEIGHT = 22;
/** So that the line is not cut off at its ends. */
const EDGE = 2;

interface SparklineProps {
  /** What it shows, in words. */
  readonly label: string;
  /** One a step; null where there was none yet. */
  readonly values: readonly (number | null)[];
}

/** The course of one value, no larger than a word. */
export function Sparkline({ label, values }: SparklineProps) {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const points = values.flatMap((value, i) => {
    if (value === null) return [];
    const x = EDGE + (i / Math.max(1, values.length - 1)) * (WIDTH - 2 * EDGE);
    const share = span === 0 ? 0 : (value - low) / span;
    return [`${x.toFixed(1)},${(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)).toFixed(1)}`];
  });
  return (
    <svg
      class="spark"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={label}
    >
      <polyline points={points.join(' ')} />
    </svg>
  );
}
