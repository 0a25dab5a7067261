import { formatNumber, formatPercent } from '../words/words.ts';

export interface FunnelStep {
  readonly event: string;
  readonly people: number;
  readonly conversion: number | null;
}

/** Who comes how far. */
export function FunnelBars({ steps }: { readonly steps: readonly FunnelStep[] }) {
  const most = Math.max(1, ...steps.map(({ people }) => people));
  return (
    <ol class="bars plain">
      {steps.map(({ event, people, conversion }, n) => (
        <li key={`${n} ${event}`}>
          <span>{event}</span>
          <span class="track" aria-hidden="true">
            <i style={{ width: `${(100 * people) / most}%`, background: 'var(--bar)' }} />
          </span>
          <span class="number">
            {formatNumber(people)}
            {conversion !== null && <span class="quiet small"> {formatPercent(conversion)}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
