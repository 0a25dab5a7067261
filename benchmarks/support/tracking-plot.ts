/** Actual and expected purchases per week, with the last week that the model was fitted to. */
export interface TrackingPlot {
  readonly actual: readonly number[];
  readonly expected: readonly number[];
  readonly calibrated: number;
}

interface Panel {
  readonly title: string;
  readonly left: number;
  readonly actual: readonly number[];
  readonly expected: readonly number[];
  readonly calibrated: number;
}

const WIDTH = 460;
const HEIGHT = 320;
const TOP = 60;
const GAP = 80;
const TICK_WEEKS = 13;
const STYLE =
  'text{font:12px sans-serif;fill:#222}.t{font-size:14px;font-weight:bold}.a{stroke:#222}.e{stroke:#c0392b;stroke-dasharray:6 4}' +
  '.a,.e{fill:none;stroke-width:1.8}.x{stroke:#888}.g{stroke:#ddd}.c{stroke:#888;stroke-dasharray:2 4}';

function cumulated(values: readonly number[]): readonly number[] {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}

/** A round number above the largest value, in four steps. */
function ceilingOf(values: readonly number[]): number {
  const largest = Math.max(...values);
  const unit = 10 ** Math.floor(Math.log10(largest / 4)) / 2;
  return Math.ceil(largest / 4 / unit) * unit * 4;
}

function draw({ title, left, actual, expected, calibrated }: Panel): string {
  const most = ceilingOf([...actual, ...expected]);
  const x = (week: number): string => (left + (week / actual.length) * WIDTH).toFixed(1);
  const y = (value: number): string => (TOP + HEIGHT - (value / most) * HEIGHT).toFixed(1);
  const line = (values: readonly number[], name: string): string =>
    `<polyline class="${name}" points="${values.map((value, i) => `${x(i + 1)},${y(value)}`).join(' ')}"/>`;
  const rows = [0, 1, 2, 3, 4].map((step) => (step * most) / 4);
  const grid = rows.map(
    (value) =>
      `<line class="g" x1="${left}" x2="${left + WIDTH}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${left - 6}" y="${y(value)}" dy="4" text-anchor="end">${value}</text>`,
  );
  const weeks = Array.from({ length: Math.floor(actual.length / TICK_WEEKS) + 1 }, (_, i) => i * TICK_WEEKS);
  const ticks = weeks.map(
    (week) => `<text x="${x(week)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${week}</text>`,
  );
  return [
    `<text class="t" x="${left}" y="${TOP - 20}">${title}</text>`,
    ...grid,
    ...ticks,
    `<line class="x" x1="${left}" x2="${left + WIDTH}" y1="${y(0)}" y2="${y(0)}"/>`,
    `<line class="c" x1="${x(calibrated)}" x2="${x(calibrated)}" y1="${TOP}" y2="${TOP + HEIGHT}"/>`,
    `<text x="${x(calibrated)}" dx="5" y="${TOP + 12}">fitted up to here</text>`,
    `<text x="${left + WIDTH / 2}" y="${TOP + HEIGHT + 38}" text-anchor="middle">week</text>`,
    line(actual, 'a'),
    line(expected, 'e'),
  ].join('\n');
}

/** Both plots beside each other, as the text of an SVG image. */
export function trackingPlot({ actual, expected, calibrated }: TrackingPlot): string {
  const [width, height] = [2 * WIDTH + 2 * GAP + 20, TOP + HEIGHT + 80];
  const legend = (x: number, name: string, text: string): string =>
    `<line class="${name}" x1="${x}" x2="${x + 34}" y1="${height - 18}" y2="${height - 18}"/>` +
    `<text x="${x + 42}" y="${height - 14}">${text}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<title>Repeat purchases of the CDNOW sample: actual, and expected by BG/NBD</title>',
    `<style>${STYLE}</style><rect width="100%" height="100%" fill="white"/>`,
    draw({
      title: 'Repeat purchases, cumulative',
      left: GAP,
      actual: cumulated(actual),
      expected: cumulated(expected),
      calibrated,
    }),
    draw({ title: 'Repeat purchases per week', left: 2 * GAP + WIDTH, actual, expected, calibrated }),
    legend(GAP, 'a', 'actual'),
    legend(GAP + 130, 'e', 'expected by BG/NBD'),
    '</svg>',
    '',
  ].join('\n');
}
