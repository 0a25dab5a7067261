import type { ComponentChildren } from 'preact';
import { Data } from '../parts/data.tsx';

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The value as it is written. */
  readonly text: ComponentChildren;
}

interface BarListProps {
  readonly label: string;
  readonly bars: readonly Bar[];
  /** What a full bar is; the largest where it is absent. */
  readonly full?: number;
}

/** Values side by side, largest or first on top as they come. */
export function BarList({ label, bars, full }: BarListProps) {
  const most = full ?? Math.max(0, ...bars.map(({ value }) => value));
  return (
    <ol class="bars roomy plain" aria-label={label}>
      {bars.map(({ name, value, text }, n) => (
        <li key={`${n} ${name}`}>
          <Data value={name} />
          <span class="track" aria-hidden="true">
            <i style={{ width: `${most === 0 ? 0 : (100 * value) / most}%`, background: 'var(--bar)' }} />
          </span>
          <span class="number">{text}</span>
        </li>
      ))}
    </ol>
  );
}
