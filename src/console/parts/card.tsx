import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { orData } from './data.tsx';

interface CardProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
  /** Beside the title. */
  readonly side?: ComponentChildren;
}

/** One subject of a page, named for screen readers by its title. */
export function Card({ title, children, wide = false, side }: CardProps) {
  const id = useId();
  return (
    <section class={wide ? 'card wide' : 'card'} aria-labelledby={id}>
      <div class="row spread">
        <h2 id={id}>{orData(title)}</h2>
        {side}
      </div>
      {children}
    </section>
  );
}
