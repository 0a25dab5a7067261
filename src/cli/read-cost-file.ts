import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { FileFormat } from './import/import-map.ts';
import { openInput } from './import/input.ts';
import { readHeader, readRows } from './import/read-rows.ts';
import { compileRowParser } from './import/row-parser.ts';

const FORMAT: FileFormat = { type: 'csv', header: true };
const COLUMNS = ['trigger', 'campaign', 'day', 'amount', 'currency'] as const;

/** A line of a cost file, as a row that the engine takes. */
export interface CostLine {
  readonly line: number;
  readonly cost: JsonObject;
}

/** All lines of a cost file. Fails with `import_failed` where its header or a line is not what it should be. */
export async function readCostFile(path: string): Promise<readonly CostLine[]> {
  const input = await openInput(path);
  const { columns = [], first } = await readHeader(input, FORMAT);
  checkColumns(columns);
  const lines: CostLine[] = [];
  await readRows(
    { input, format: FORMAT, parse: compileRowParser(FORMAT, columns), from: first },
    {
      stopped: false,
      row(row, { line }) {
        // An empty field says nothing.
        const fields = columns.map((name, i) => [name, row[i] ?? ''] as const);
        lines.push({ line, cost: Object.fromEntries(fields.filter(([, text]) => text !== '')) });
        return undefined;
      },
      bad(error, { line }) {
        throw new TesseraError('import_failed', `Line ${line}: ${error.message}`, { cause: error });
      },
    },
  );
  return lines;
}

function checkColumns(columns: readonly string[]): void {
  const unknown = columns.find((name) => !COLUMNS.some((known) => known === name));
  if (unknown !== undefined)
    throw new TesseraError('import_failed', `The column ${unknown} is none of ${COLUMNS.join(', ')}.`);
  for (const name of ['day', 'amount'])
    if (!columns.includes(name)) throw new TesseraError('import_failed', `The header names no ${name}.`);
  if (!columns.includes('trigger') && !columns.includes('campaign'))
    throw new TesseraError('import_failed', 'The header names neither trigger nor campaign.');
}
