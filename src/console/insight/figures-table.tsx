import { showValue } from '../customer/show-value.ts';
import { Table } from '../parts/table.tsx';
import type { Words } from '../words/en.ts';
import { formatMoment, formatNumber, formatPercent, words } from '../words/words.ts';

/** Shares are told as per cent, amounts come as decimal texts; the rest is as it says. */
type Kind = 'text' | 'count' | 'share' | 'money' | 'moment';
export type FigureName = keyof Words['insight']['columns'];
/** `from` is the name in the answer where the title has another one. */
export type FigureColumn = readonly [title: FigureName, kind: Kind, from?: string];

interface FiguresTableProps {
  readonly label: string;
  readonly rows: readonly object[];
  readonly columns: readonly FigureColumn[];
}

/** Rows of an answer under titles in the language of the page. */
export function FiguresTable({ label, rows, columns }: FiguresTableProps) {
  const titles = words.value.insight.columns;
  return (
    <Table
      label={label}
      rows={rows.map((row, n) => ({ row, n }))}
      // Rows have no names of their own, but their places.
      keyOf={({ n }) => String(n)}
      columns={columns.map(([title, kind, from = title]) => ({
        title: titles[title],
        number: kind !== 'text' && kind !== 'moment',
        cell: ({ row }: { readonly row: object }) => showFigure(Reflect.get(row, from), kind),
      }))}
    />
  );
}

function showFigure(value: unknown, kind: Kind): string {
  if (value === null || value === undefined || kind === 'text') return showValue(value);
  const number = Number(value);
  if (kind === 'moment') return formatMoment(number);
  return kind === 'share' ? formatPercent(number) : formatNumber(number);
}
