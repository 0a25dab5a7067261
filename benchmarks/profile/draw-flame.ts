import { SEPARATOR, type Stacks } from './fold-stacks.ts';

/*
 * Stacks as a flame graph: each bar is a function, as wide as its share of the time, below the one that called it. What is narrower than half a
 * pixel's worth is left out, so that the picture stays small enough to be kept beside the text that explains it.
 */
const WIDTH = 1_200;
const ROW = 17;
const HEAD = 36;
const NARROWEST = 1.2;
const CHARACTER = 6.3;

interface Bar {
  readonly name: string;
  us: number;
  readonly above: Map<string, Bar>;
}

export function drawFlame(stacks: Stacks, title: string): string {
  const root: Bar = { name: 'all', us: 0, above: new Map() };
  for (const [stack, us] of stacks) {
    let bar = root;
    bar.us += us;
    for (const name of stack.split(SEPARATOR)) {
      const above = bar.above.get(name) ?? { name, us: 0, above: new Map() };
      bar.above.set(name, above);
      above.us += us;
      bar = above;
    }
  }
  const shapes: string[] = [];
  const depth = place(root, { x: 0, row: 0, pixelUs: root.us / WIDTH, all: root.us, shapes });
  const height = HEAD + (depth + 1) * ROW + 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-monospace, monospace" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="8" y="22" font-size="14" font-family="system-ui, sans-serif">${escaped(title)}</text>`,
    ...shapes,
    '</svg>\n',
  ].join('\n');
}

interface Spot {
  readonly x: number;
  readonly row: number;
  readonly pixelUs: number;
  readonly all: number;
  readonly shapes: string[];
}

/** Answers the highest row that was drawn. */
function place(bar: Bar, { x, row, pixelUs, all, shapes }: Spot): number {
  const width = bar.us / pixelUs;
  if (width < NARROWEST) return row;
  const y = HEAD + row * ROW;
  const share = `${((bar.us / all) * 100).toFixed(1)} %`;
  const room = Math.floor((width - 6) / CHARACTER);
  const label =
    room < 4 ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(cut(bar.name, room))}</text>`;
  shapes.push(
    `<g><title>${escaped(bar.name)}: ${share}</title><rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colorOf(bar.name)}"/>${label}</g>`,
  );
  let highest = row;
  let at = x;
  for (const above of [...bar.above.values()].sort((a, b) => b.us - a.us)) {
    highest = Math.max(highest, place(above, { x: at, row: row + 1, pixelUs, all, shapes }));
    at += above.us / pixelUs;
  }
  return highest;
}

function cut(name: string, room: number): string {
  return name.length <= room ? name : `${name.slice(0, room - 1)}…`;
}

/** The engine's own code, Node's, that of packages, and what is no function. */
function colorOf(name: string): string {
  if (name === 'all' || name.startsWith('(garbage')) return '#f0b7a4';
  if (name.endsWith('(node)')) return '#b9d3ee';
  if (name.endsWith(')')) return '#d9c9ea';
  return name.endsWith('.js') ? '#f6d77f' : '#dddddd';
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
