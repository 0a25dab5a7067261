import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { TesseraError } from "../../errors.js";
const SCHEMA = new URL('../../../schemas/definitions/import-map.json', import.meta.url);
const SHIPPED = new URL('../../../deploy/retail/imports/', import.meta.url);
const ERRORS_SHOWN_MAX = 5;
/** `reference` is a path, or the bare name of a shipped map such as `online-retail`. Fails with `invalid_map`. */
export async function loadMap(reference) {
    const text = await readText(/^[a-z0-9-]+$/.test(reference) ? new URL(`${reference}.yaml`, SHIPPED) : reference);
    const value = parseYaml(text);
    const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(await readText(SCHEMA)));
    if (!validate(value))
        throw new TesseraError('invalid_map', describeErrors(validate.errors ?? []));
    checkMeaning(value);
    return { map: value, hash: createHash('sha256').update(JSON.stringify(value)).digest('hex') };
}
async function readText(path) {
    try {
        return await readFile(path, 'utf8');
    }
    catch (cause) {
        const name = typeof path === 'string' ? path : path.pathname;
        throw new TesseraError('invalid_map', `${name} cannot be read.`, { cause });
    }
}
function parseYaml(text) {
    try {
        return parse(text);
    }
    catch (cause) {
        throw new TesseraError('invalid_map', `The map is not valid YAML: ${String(cause)}`, { cause });
    }
}
/** What a schema cannot say. */
function checkMeaning(map) {
    const { format, group } = map;
    const named = format.type === 'ndjson' || (format.header === true) !== (format.columns !== undefined);
    if (!named)
        throw invalid('/format', 'give either `header: true` or `columns`');
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
function invalid(path, detail) {
    return new TesseraError('invalid_map', `${path}: ${detail}.`, { path });
}
function describeErrors(errors) {
    return errors
        .filter((error) => error.keyword !== 'if')
        .slice(0, ERRORS_SHOWN_MAX)
        .map((error) => `${error.instancePath || '/'}: ${describeError(error)}.`)
        .join(' ');
}
function describeError(error) {
    const { additionalProperty, allowedValues } = error.params;
    if (typeof additionalProperty === 'string')
        return `${additionalProperty} is not a field that a map has here`;
    if (Array.isArray(allowedValues))
        return `must be one of ${allowedValues.join(', ')}`;
    return error.message ?? error.keyword;
}
//# sourceMappingURL=load-map.js.map