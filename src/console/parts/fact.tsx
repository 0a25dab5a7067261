import type { ComponentChildren } from 'preact';
import { orData } from './data.tsx';

interface FactProps {
  readonly name: string;
  readonly value: ComponentChildren;
}

/** A line of a list of facts (`dl.facts`). */
export function Fact({ name, value }: FactProps) {
  return (
    <>
      <dt>{orData(name)}</dt>
      <dd>{orData(value)}</dd>
    </>
  );
}
