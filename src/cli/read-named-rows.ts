import { TesseraError } from '../errors.ts';
import type { FileFormat } from './import/import-map.ts';
import { openInput } from './import/input.ts';
import { readHeader, readRows } from './import/read-rows.ts';
import { compileRowParser } from './import/row-parser.ts';

const FORMAT: FileFormat = { type: 'csv', header: true };

/** A line of a file: its fields by the names of the header. An empty field says nothing and is left out. */
export interface NamedRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

export interface NamedColumns {
  readonly known: readonly string[];
  /** Columns beyond these, where a file has them: whether one may be called so. */
  readonly others?: (name: string) => boolean;
  readonly required: readonly string[];
}

/** All lines of a CSV file. Fails with `import_failed` where its header or a line is not what it should be. */
export async function readNamedRows(
  path: string,
  names: NamedColumns,
): Promise<{ readonly columns: readonly string[]; readonly rows: readonly NamedRow[] }> {
  const input = await openInput(path);
  const { columns = [], first } = await readHeader(input, FORMAT);
  checkColumns(columns, names);
  const rows: NamedRow[] = [];
  await readRows(
    { input, format: FORMAT, parse: compileRowParser(FORMAT, columns), from: first },
    {
      stopped: false,
      row(row, { line }) {
        const fields = columns.map((name, i) => [name, row[i] ?? ''] as const);
        rows.push({ line, fields: Object.fromEntries(fields.filter(([, text]) => text !== '')) });
        return undefined;
      },
      bad(error, { line }) {
        throw new TesseraError('import_failed', `Line ${line}: ${error.message}`, { cause: error });
      },
    },
  );
  return { columns, rows };
}

function checkColumns(columns: readonly string[], { known, others, required }: NamedColumns): void {
  const unknown = columns.find((name) => !known.includes(name) && others?.(name) !== true);
  if (unknown !== undefined)
    throw new TesseraError('import_failed', `The column ${unknown} is none of ${known.join(', ')}.`);
  for (const name of required)
    if (!columns.includes(name)) throw new TesseraError('import_failed', `The header names no ${name}.`);
}
