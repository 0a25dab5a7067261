import { formatPercent, words } from '../words/words.ts';

export interface Lift {
  readonly campaign: string;
  readonly lift: number;
  readonly lift_low: number;
  readonly lift_high: number;
}

/** How much more people order, and how sure that is: what crosses the line in the middle may be nothing at all. */
export function LiftChart({ lifts }: { readonly lifts: readonly Lift[] }) {
  const texts = words.value.insight;
  if (lifts.length === 0) return <p class="quiet">{texts.noLift}</p>;
  const reach = Math.max(
    0.01,
    ...lifts.flatMap(({ lift_low, lift_high }) => [Math.abs(lift_low), Math.abs(lift_high)]),
  );
  const place = (value: number): number => 50 + (50 * value) / reach;
  return (
    <ul class="bars roomy plain" aria-label={texts.liftOf}>
      {lifts.map(({ campaign, lift, lift_low: low, lift_high: high }) => (
        <li
          key={campaign}
          title={texts.liftRow(campaign, formatPercent(lift), [formatPercent(low), formatPercent(high)])}
        >
          <span>{campaign}</span>
          <span class="whisker" aria-hidden="true">
            <i style={{ left: `${place(low)}%`, width: `${place(high) - place(low)}%` }} />
            <b class={lookOf(low, high)} style={{ left: `${place(lift)}%` }} />
          </span>
          <span class="number">
            {formatPercent(lift)}
            <span class="quiet small">
              {' '}
              [{formatPercent(low)}, {formatPercent(high)}]
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function lookOf(low: number, high: number): string {
  if (low > 0) return 'good';
  return high < 0 ? 'bad' : 'quiet';
}
