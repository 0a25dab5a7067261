import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Ajv, type ErrorObject } from 'ajv';
import { parse } from 'yaml';
import { TesseraError } from '../../errors.ts';
import { explainSchemaError } from '../../model/schema-error.ts';
import type { ImportMap } from './import-map.ts';

export interface LoadedMap {
  readonly map: ImportMap;
  /** Changes whenever the map means something else; a resumed import must have the same one. */
  readonly hash: string;
}

const SCHEMA = new URL('../../../schemas/definitions/import-map.json', import.meta.url);
const SHIPPED = new URL('../../../deploy/retail/imports/', import.meta.url);
const ERRORS_SHOWN_MAX = 5;

/** `reference` is a path, or the bare name of a shipped map such as `online-retail`. Fails with `invalid_map`. */
export async function loadMap(reference: string): Promise<LoadedMap> {
  const text = await readText(
    /^[a-z0-9-]+$/.test(reference) ? new URL(`${reference}.yaml`, SHIPPED) : reference,
  );
  const value = parseYaml(text);
  const validate = new Ajv({ allowUnionTypes: true }).compile<ImportMap>(JSON.parse(await readText(SCHEMA)));
  if (!validate(value)) throw new TesseraError('invalid_map', describeErrors(validate.errors ?? []));
  checkMeaning(value);
  return { map: value, hash: createHash('sha256').update(JSON.stringify(value)).digest('hex') };
}

async function readText(path: string | URL): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const name = typeof path === 'string' ? path : path.pathname;
    throw new TesseraError('invalid_map', `${name} cannot be read.`, { cause });
  }
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new TesseraError('invalid_map', `The map is not valid YAML: ${String(cause)}`, { cause });
  }
}

/** What a schema cannot say. */
function checkMeaning(map: ImportMap): void {
  const { format, group } = map;
  const named = format.type === 'ndjson' || (format.header === true) !== (format.columns !== undefined);
  if (!named) throw invalid('/format', 'give either `header: true` or `columns`');
  if (format.type === 'ndjson' && (format.header !== undefined || format.columns !== undefined)) {
    throw invalid('/format', 'ndjson has neither header nor columns');
  }
  if (format.delimiter !== undefined && format.type !== 'csv')
    throw invalid('/format/delimiter', 'only csv takes one');
  if (group === undefined && JSON.stringify(map).includes('{$group}')) {
    throw invalid('/group', '{$group} needs a map that groups');
  }
  if (group !== undefined && JSON.stringify(map.id ?? '').includes('{$line}')) {
    throw invalid('/id', 'a group has many lines: use {$group}');
  }
}

function invalid(path: string, detail: string): TesseraError {
  return new TesseraError('invalid_map', `${path}: ${detail}.`, { path });
}

function describeErrors(errors: readonly ErrorObject[]): string {
  return errors
    .filter((error) => error.keyword !== 'if')
    .slice(0, ERRORS_SHOWN_MAX)
    .map((error) => `${error.instancePath || '/'}: ${explainSchemaError(error)}.`)
    .join(' ');
}
