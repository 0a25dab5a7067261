import { isolated } from '../parts/data-text.ts';
import { formatNumber, words } from '../words/words.ts';
import { type Block, layFlow, type Ribbon, type Way } from './flow-layout.ts';

const WIDTH = 640;
const HEIGHT = 300;
const GAP = 14;
/** Blocks stand between the names on both sides. */
const SIDE = 150;
const THICK = 12;
/** Longer ones would run out of the picture. */
const NAME_CHARACTERS = 14;
/** Colors of the ribbons, by the block on the left. */
const COLORS = ['--bar', '--info', '--warn', '--good', '--bad', '--quiet'] as const;

/** Ribbons from where to where, as wide as they are many. The table beneath says the same. */
export function FlowPicture({ ways }: { readonly ways: readonly Way[] }) {
  const texts = words.value.insight;
  const { from, to, ribbons } = layFlow(ways, { height: HEIGHT, gap: GAP });
  const colorOf = (name: string): string =>
    `var(${COLORS[from.findIndex((block) => block.name === name) % COLORS.length] ?? '--bar'})`;
  const largest = ways.toSorted((a, b) => b.count - a.count)[0];
  const said = texts.flowsSaid(ways.length, largest === undefined ? '–' : describe(largest));
  return (
    <svg
      class="flow"
      viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`}
      role="img"
      aria-label={`${texts.flows}: ${said}`}
    >
      {ribbons.map((ribbon) => (
        <path
          key={describe(ribbon.way)}
          d={pathOf(ribbon)}
          fill={colorOf(ribbon.way.from)}
          fill-opacity="0.35"
        >
          <title>{describe(ribbon.way)}</title>
        </path>
      ))}
      {from.map((block) => (
        <g key={block.name}>
          <rect x={SIDE} y={block.top} width={THICK} height={block.height} fill={colorOf(block.name)} />
          <text x={SIDE - 8} y={middle(block)} text-anchor="end">
            {nameOf(block)}
          </text>
        </g>
      ))}
      {to.map((block) => (
        <g key={block.name}>
          <rect
            x={WIDTH - SIDE - THICK}
            y={block.top}
            width={THICK}
            height={block.height}
            fill="var(--text)"
          />
          <text x={WIDTH - SIDE + 8} y={middle(block)}>
            {nameOf(block)}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** The table beneath has the whole name. */
function nameOf({ name, count }: Block): string {
  const short = name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS - 1)}…` : name;
  return `${isolated(short)} · ${formatNumber(count)}`;
}

function describe({ from, to, count }: Way): string {
  return `${isolated(from)} → ${isolated(to)}: ${formatNumber(count)}`;
}

function middle({ top, height }: Block): number {
  return top + height / 2 + 5;
}

function pathOf({ fromTop, toTop, height }: Ribbon): string {
  const [left, right] = [SIDE + THICK, WIDTH - SIDE - THICK];
  const half = (left + right) / 2;
  return (
    `M${left} ${fromTop}C${half} ${fromTop} ${half} ${toTop} ${right} ${toTop}` +
    `V${toTop + height}C${half} ${toTop + height} ${half} ${fromTop + height} ${left} ${fromTop + height}Z`
  );
}
