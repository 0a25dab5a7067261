import { showValue } from '../customer/show-value.ts';
import { Table } from '../parts/table.tsx';
import { formatMoment, formatNumber, words } from '../words/words.ts';

/** `format=table` of a report. */
export interface TableAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A row, and its place: rows have no names. */
interface Line {
  readonly cells: readonly unknown[];
  readonly n: number;
}

interface ReportTableProps {
  readonly label: string;
  readonly table: TableAnswer;
}

/** Rows of a report as the engine has them: columns have the names of its CSV. */
export function ReportTable({ label, table: { columns, rows } }: ReportTableProps) {
  return (
    <Table
      label={label}
      rows={rows.map((cells, n): Line => ({ cells, n }))}
      keyOf={({ n }) => String(n)}
      empty={words.value.insight.empty}
      columns={columns.map((title, at) => ({
        title,
        number: rows.every(({ [at]: cell }) => cell === null || typeof cell === 'number'),
        cell: ({ cells }: Line) => show(cells[at], title),
      }))}
    />
  );
}

function show(value: unknown, column: string): string {
  if (typeof value !== 'number') return showValue(value);
  return /(^|_)at$/.test(column) ? formatMoment(value) : formatNumber(value);
}
