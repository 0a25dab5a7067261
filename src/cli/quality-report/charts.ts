import { escapeHtml } from './escape.ts';

/** Drawn as SVG in the page: no script, no other host, and the colors are those of the page, in light and in dark. */
export type Chart =
  | {
      readonly kind: 'shares';
      readonly label: string;
      readonly rows: readonly { readonly name: string; readonly value: number }[];
      readonly target: number;
    }
  | {
      readonly kind: 'hours';
      readonly label: string;
      readonly rows: readonly {
        readonly name: string;
        readonly value: number;
        readonly usual: number | undefined;
      }[];
    };

const WIDTH = 720;
const NAME_WIDTH = 220;
const VALUE_WIDTH = 70;
const ROW = 24;
/** Rows of a chart; the table beside it has more. */
const ROWS_MAX = 20;
const HOURS_HEIGHT = 180;
/** Longer names would run into the bars. */
const NAME_CHARACTERS = 28;

export function drawChart(chart: Chart): string {
  if (chart.rows.length === 0) return '';
  return chart.kind === 'shares' ? shares(chart) : hours(chart);
}

function svg(height: number, label: string, parts: readonly string[]): string {
  return (
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(label)}">` +
    `<title>${escapeHtml(label)}</title>${parts.join('')}</svg>`
  );
}

/** A bar for each, and a line where the target is. */
function shares({ label, rows, target }: Extract<Chart, { kind: 'shares' }>): string {
  const shown = rows.slice(0, ROWS_MAX);
  const space = WIDTH - NAME_WIDTH - VALUE_WIDTH;
  // Small shares, such as of late events, would not be seen on a scale to 1.
  const most = Math.max(target * 1.25, ...shown.map(({ value }) => value), 0.001);
  const x = (value: number): number => round(NAME_WIDTH + (space * value) / most);
  const bars = shown.map(({ name, value }, i) => {
    const y = i * ROW + 6;
    return (
      `<text x="${NAME_WIDTH - 8}" y="${y + 12}" text-anchor="end">${escapeHtml(cut(name))}</text>` +
      `<rect class="bar" x="${NAME_WIDTH}" y="${y}" width="${round(x(value) - NAME_WIDTH)}" height="${ROW - 8}" rx="2"/>` +
      `<text x="${x(value) + 6}" y="${y + 12}">${(value * 100).toFixed(1)} %</text>`
    );
  });
  const height = shown.length * ROW + 22;
  const line =
    `<line class="target" x1="${x(target)}" x2="${x(target)}" y1="2" y2="${height - 18}"/>` +
    `<text class="note" x="${x(target)}" y="${height - 5}" text-anchor="middle">target ${(target * 100).toFixed(1)} %</text>`;
  return svg(height, label, [...bars, line]);
}

/** A bar for each hour, and a step for what is usual in it. */
function hours({ label, rows }: Extract<Chart, { kind: 'hours' }>): string {
  const most = Math.max(1, ...rows.flatMap(({ value, usual = 0 }) => [value, usual]));
  const left = 60;
  const step = (WIDTH - left) / rows.length;
  const y = (value: number): number => round(HOURS_HEIGHT - (value / most) * (HOURS_HEIGHT - 14));
  const parts = rows.map(({ name, value, usual }, i) => {
    const x = round(left + i * step);
    const wide = round(Math.max(1, step - 2));
    const told = usual === undefined ? '' : `, usually ${Math.round(usual)}`;
    const bar =
      `<rect class="bar" x="${x}" y="${y(value)}" width="${wide}" height="${round(HOURS_HEIGHT - y(value))}">` +
      `<title>${escapeHtml(`${name}: ${value}${told}`)}</title></rect>`;
    if (usual === undefined) return bar;
    return `${bar}<line class="target" x1="${x}" x2="${round(x + wide)}" y1="${y(usual)}" y2="${y(usual)}"/>`;
  });
  const every = Math.max(1, Math.ceil(rows.length / 8));
  const names = rows.flatMap(({ name }, i) =>
    i % every === 0
      ? [
          `<text class="note" x="${round(left + i * step)}" y="${HOURS_HEIGHT + 16}">${escapeHtml(name.slice(5))}</text>`,
        ]
      : [],
  );
  const scale = `<text class="note" x="${left - 6}" y="14" text-anchor="end">${most}</text>`;
  return svg(HOURS_HEIGHT + 24, label, [...parts, ...names, scale]);
}

function cut(name: string): string {
  const characters = [...name];
  return characters.length <= NAME_CHARACTERS
    ? name
    : `${characters.slice(0, NAME_CHARACTERS - 1).join('')}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
