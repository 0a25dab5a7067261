import type { ComponentChildren } from 'preact';

interface ScrollAreaProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

/** What may be larger than its place: it scrolls by itself, by keyboard too. */
export function ScrollArea({ label, children }: ScrollAreaProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
