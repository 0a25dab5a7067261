import { formatNumber, formatShort, words } from '../words/words.ts';
import { CohortTable } from './cohort-table.tsx';
import { Missing } from './missing.tsx';

export interface ClvAnswer {
  readonly currency: string;
  readonly cohorts: readonly {
    readonly cohort: string;
    readonly people: number;
    readonly value_per_customer: readonly (string | null)[];
  }[];
}

/** What a customer of each cohort had brought by then. */
export function ClvView({ answer: { currency, cohorts } }: { readonly answer: ClvAnswer }) {
  const texts = words.value.insight;
  if (cohorts.length === 0) return <Missing name="clv" />;
  return (
    <CohortTable
      label={texts.worth(currency)}
      cohorts={cohorts.map(({ cohort, people, value_per_customer }) => ({
        cohort,
        people: formatNumber(people),
        cells: value_per_customer.map((amount) => ({
          value: Number(amount ?? 0),
          text: amount === null ? '–' : formatShort(Number(amount)),
        })),
      }))}
    />
  );
}
