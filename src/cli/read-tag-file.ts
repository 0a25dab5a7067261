import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { FileFormat } from './import/import-map.ts';
import { openInput } from './import/input.ts';
import { readHeader, readRows } from './import/read-rows.ts';
import { compileRowParser } from './import/row-parser.ts';

const FORMAT: FileFormat = { type: 'csv', header: true };
const COLUMNS = ['profile', 'tag', 'reason', 'expires', 'on'] as const;

/** A line of a tag file, as a change that the engine takes. */
export interface TagLine {
  readonly line: number;
  readonly change: JsonObject;
}

/** All lines of a tag file. Fails with `import_failed` where its header or a line is not what it should be. */
export async function readTagFile(path: string): Promise<readonly TagLine[]> {
  const input = await openInput(path);
  const { columns = [], first } = await readHeader(input, FORMAT);
  checkColumns(columns);
  const lines: TagLine[] = [];
  await readRows(
    { input, format: FORMAT, parse: compileRowParser(FORMAT, columns), from: first },
    {
      stopped: false,
      row(row, { line }) {
        lines.push({ line, change: changeOf(columns, row, line) });
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
  for (const name of ['profile', 'tag'])
    if (!columns.includes(name)) throw new TesseraError('import_failed', `The header names no ${name}.`);
}

/** An empty field says nothing. */
function changeOf(columns: readonly string[], row: readonly string[], line: number): JsonObject {
  const fields = columns.map((name, i) => [name, row[i] ?? ''] as const).filter(([, text]) => text !== '');
  const { on, ...change } = Object.fromEntries(fields);
  if (on === undefined) return change;
  if (on !== 'true' && on !== 'false')
    throw new TesseraError('import_failed', `Line ${line}: on must be true or false.`);
  return { ...change, on: on === 'true' };
}
