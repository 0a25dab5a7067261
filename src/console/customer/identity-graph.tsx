import { isolated } from '../parts/data-text.ts';
import { words } from '../words/words.ts';

export interface IdentityLink {
  /** `type:hash` */
  readonly identifier: string;
  readonly type: string;
  /** Masked where the key may not see it. */
  readonly value: string;
  readonly verified: boolean;
  readonly valid_from: number;
  readonly shared: boolean;
  readonly blocked: boolean;
  readonly evidence: readonly {
    readonly with: string | null;
    readonly rule: string;
    readonly source: string;
  }[];
}

const WIDTH = 720;
const HEIGHT = 300;
const RADIUS = 110;
/** More than these cannot be told apart in a picture; the table beside it has them all. */
const MOST = 24;

/** Identifiers in a circle, and a line for each time that two came together. What it shows is said by the table below it. */
export function IdentityGraph({ links }: { readonly links: readonly IdentityLink[] }) {
  const shown = links.slice(0, MOST);
  if (shown.length < 2) return null;
  const places = new Map(
    shown.map(({ identifier }, i) => {
      const angle = (2 * Math.PI * i) / shown.length - Math.PI / 2;
      return [
        identifier,
        { x: WIDTH / 2 + 1.6 * RADIUS * Math.cos(angle), y: HEIGHT / 2 + RADIUS * Math.sin(angle) },
      ];
    }),
  );
  const pairs = new Set(
    shown.flatMap(({ identifier, evidence }) =>
      evidence.flatMap(({ with: other }) =>
        other !== null && places.has(other) ? [[identifier, other].sort().join('\n')] : [],
      ),
    ),
  );
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      class="graph"
      role="img"
      aria-label={words.value.customer.identity}
    >
      {[...pairs].map((pair) => {
        const [a, b] = pair.split('\n').map((name) => places.get(name));
        return a && b && <line key={pair} x1={a.x} y1={a.y} x2={b.x} y2={b.y} />;
      })}
      {shown.map(({ identifier, type, verified, shared, blocked }) => {
        const at = places.get(identifier);
        if (at === undefined) return null;
        const look = blocked || shared ? 'weak' : verified ? 'strong' : '';
        const end = at.x > WIDTH / 2 + 1;
        return (
          <g key={identifier} class={look}>
            <circle cx={at.x} cy={at.y} r="9" />
            <text x={at.x + (end ? 16 : -16)} y={at.y + 5} text-anchor={end ? 'start' : 'end'}>
              {isolated(type)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
