import { isolated } from '../parts/data-text.ts';
import { formatNumber, words } from '../words/words.ts';
import { BarList } from './bar-list.tsx';
import { FiguresTable } from './figures-table.tsx';
import { Missing } from './missing.tsx';

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly orders: number;
  readonly lift: number;
}

export interface BasketAnswer {
  readonly pairs: readonly Pair[];
}

/** As many as one sees at a glance; the table has all. */
const DRAWN = 12;

/** What is bought together more often than by chance. */
export function BasketView({ answer: { pairs } }: { readonly answer: BasketAnswer }) {
  const texts = words.value.insight;
  if (pairs.length === 0) return <Missing name="basket" />;
  const best = pairs.toSorted((a, b) => b.lift - a.lift).slice(0, DRAWN);
  return (
    <>
      <h3>{texts.together}</h3>
      <BarList
        label={texts.together}
        bars={best.map(({ a, b, lift }) => ({
          name: `${isolated(a)} + ${isolated(b)}`,
          value: lift,
          text: `× ${formatNumber(lift)}`,
        }))}
      />
      <FiguresTable
        label={texts.reports.basket}
        rows={pairs}
        columns={[
          ['a', 'text'],
          ['b', 'text'],
          ['orders', 'count'],
          ['support', 'share'],
          ['confidence', 'share'],
          ['factor', 'count', 'lift'],
        ]}
      />
    </>
  );
}
