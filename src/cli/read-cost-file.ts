import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { readNamedRows } from './read-named-rows.ts';

const COLUMNS = {
  known: ['trigger', 'campaign', 'day', 'amount', 'currency'],
  required: ['day', 'amount'],
};

/** A line of a cost file, as a row that the engine takes. */
export interface CostLine {
  readonly line: number;
  readonly cost: JsonObject;
}

/** All lines of a cost file. Fails with `import_failed` where its header or a line is not what it should be. */
export async function readCostFile(path: string): Promise<readonly CostLine[]> {
  const { columns, rows } = await readNamedRows(path, COLUMNS);
  if (!columns.includes('trigger') && !columns.includes('campaign'))
    throw new TesseraError('import_failed', 'The header names neither trigger nor campaign.');
  return rows.map(({ line, fields }) => ({ line, cost: fields }));
}
