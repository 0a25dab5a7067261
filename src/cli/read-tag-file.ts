import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { type NamedRow, readNamedRows } from './read-named-rows.ts';

const COLUMNS = { known: ['profile', 'tag', 'reason', 'expires', 'on'], required: ['profile', 'tag'] };

/** A line of a tag file, as a change that the engine takes. */
export interface TagLine {
  readonly line: number;
  readonly change: JsonObject;
}

/** All lines of a tag file. Fails with `import_failed` where its header or a line is not what it should be. */
export async function readTagFile(path: string): Promise<readonly TagLine[]> {
  const { rows } = await readNamedRows(path, COLUMNS);
  return rows.map((row) => ({ line: row.line, change: changeOf(row) }));
}

function changeOf({ line, fields: { on, ...change } }: NamedRow): JsonObject {
  if (on === undefined) return change;
  if (on !== 'true' && on !== 'false')
    throw new TesseraError('import_failed', `Line ${line}: on must be true or false.`);
  return { ...change, on: on === 'true' };
}
