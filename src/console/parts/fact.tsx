interface FactProps {
  readonly name: string;
  readonly value: string;
}

/** A line of a list of facts (`dl.facts`). */
export function Fact({ name, value }: FactProps) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
