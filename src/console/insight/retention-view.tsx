import { formatNumber, formatPercent, words } from '../words/words.ts';
import { CohortTable } from './cohort-table.tsx';
import { HeatTable } from './heat-table.tsx';
import { Missing } from './missing.tsx';

interface RepeatPurchase {
  readonly cohort: string;
  readonly within: readonly {
    readonly days: number;
    readonly people: number;
    readonly rate: number | null;
  }[];
}

export interface RetentionAnswer {
  readonly cohorts: readonly {
    readonly cohort: string;
    readonly people: number;
    readonly rates: readonly (number | null)[];
  }[];
  readonly repeat_purchase?: readonly RepeatPurchase[];
}

/** Who came back how many periods later; of orders also how soon the second one followed. */
export function RetentionView({ answer }: { readonly answer: RetentionAnswer }) {
  const texts = words.value.insight;
  const { cohorts, repeat_purchase: repeats = [] } = answer;
  if (cohorts.length === 0) return <Missing name="retention" />;
  return (
    <>
      <CohortTable
        label={texts.reports.retention}
        cohorts={cohorts.map(({ cohort, people, rates }) => ({
          cohort,
          people: formatNumber(people),
          cells: rates.map((rate) => ({ value: rate ?? 0, text: formatPercent(rate ?? 0) })),
        }))}
      />
      {repeats.length > 0 && <Repeats repeats={repeats} />}
    </>
  );
}

function Repeats({ repeats }: { readonly repeats: readonly RepeatPurchase[] }) {
  const texts = words.value.insight;
  return (
    <HeatTable
      label={texts.repeat}
      corner={texts.cohort}
      columns={repeats[0]?.within.map(({ days }) => texts.withinDays(days)) ?? []}
      rows={repeats.map(({ cohort, within }) => ({
        name: cohort,
        cells: within.map(({ people, rate }) => ({
          share: rate ?? 0,
          text: formatPercent(rate ?? 0),
          said: formatNumber(people),
        })),
      }))}
    />
  );
}
