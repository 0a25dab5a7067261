import { Data } from '../parts/data.tsx';
import { ScrollArea } from '../parts/scroll-area.tsx';

export interface HeatCell {
  /** From 0 to 1: how dark it is. */
  readonly share: number;
  readonly text: string;
  /** The whole sentence, for who points at it. */
  readonly said: string;
}

export interface HeatRow {
  readonly name: string;
  /** What is not known yet has no cell. */
  readonly cells: readonly (HeatCell | undefined)[];
}

interface HeatTableProps {
  readonly label: string;
  /** What rows and columns are. */
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly HeatRow[];
}

/** A picture that is a table: the darker the more. Whoever does not see it reads its numbers by row and column. */
export function HeatTable({ label, corner, columns, rows }: HeatTableProps) {
  return (
    <ScrollArea label={label}>
      <table class="heat">
        <caption class="small quiet">{label}</caption>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {columns.map((name) => (
              <th key={name} scope="col">
                <Data value={name} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells }) => (
            <tr key={name}>
              <th scope="row">
                <Data value={name} />
              </th>
              {columns.map((column, at) => (
                <Cell key={column} cell={cells[at]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function Cell({ cell }: { readonly cell: HeatCell | undefined }) {
  if (cell === undefined) return <td class="none" />;
  return (
    <td style={{ '--share': cell.share }} title={cell.said}>
      {cell.text}
    </td>
  );
}
