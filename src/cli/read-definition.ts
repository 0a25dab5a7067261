import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';

/** The one definition that a file holds, YAML or JSON. */
export async function readDefinition(file: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new TesseraError('invalid_definition', `${file} cannot be opened.`, { cause });
  }
  const [document, ...more] = parseAllDocuments(text);
  if (more.length > 0)
    throw new TesseraError('invalid_definition', `${file} holds several definitions; this takes one.`);
  const [fault] = document?.errors ?? [];
  if (fault !== undefined) {
    const detail = `${file} cannot be read as YAML or JSON: ${fault.message.split('\n')[0] ?? ''}`;
    throw new TesseraError('invalid_definition', detail, { cause: fault });
  }
  const value: unknown = document?.toJS();
  if (isJsonObject(value)) return value;
  throw new TesseraError('invalid_definition', `${file} holds no definition`);
}
