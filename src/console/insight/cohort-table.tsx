import { words } from '../words/words.ts';
import { HeatTable } from './heat-table.tsx';

/** What is told of one period of a cohort. */
export interface CohortCell {
  readonly value: number;
  readonly text: string;
}

export interface Cohort {
  readonly cohort: string;
  /** How many people, as it is written. */
  readonly people: string;
  readonly cells: readonly CohortCell[];
}

interface CohortTableProps {
  readonly label: string;
  readonly cohorts: readonly Cohort[];
}

/** The triangle of cohorts: each row is shorter than the one above it, since less of its time has passed. */
export function CohortTable({ label, cohorts }: CohortTableProps) {
  const texts = words.value.insight;
  const periods = Math.max(0, ...cohorts.map(({ cells }) => cells.length));
  // The first period of a cohort would outshine all others.
  const most = Math.max(0, ...cohorts.flatMap(({ cells }) => cells.slice(1).map(({ value }) => value)));
  return (
    <HeatTable
      label={label}
      corner={texts.cohort}
      columns={[texts.columns.people, ...Array.from({ length: periods }, (_, n) => texts.later(n))]}
      rows={cohorts.map(({ cohort, people, cells }) => ({
        name: cohort,
        cells: [
          { share: 0, text: people, said: people },
          ...cells.map(({ value, text }, n) => ({
            share: most === 0 ? 0 : Math.min(1, value / most),
            text,
            said: texts.cohortCell(cohort, n, text),
          })),
        ],
      }))}
    />
  );
}
