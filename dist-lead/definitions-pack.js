import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { TesseraError } from "./errors.js";
import { compileFeatures, expandDefinitions } from "./features/compile.js";
import { compileTriggers } from "./triggers/compile.js";
const SCHEMAS = new URL('../schemas/definitions/', import.meta.url);
/**
 * Reads and checks a pack. Fails with `invalid_definition`, naming the file, the definition and the place, so that
 * nothing half-right ever reaches the log.
 */
export function loadPack(directory, reportingCurrency) {
    const raws = readKind(directory, 'features', schemaOf('feature'));
    const features = expandDefinitions(raws);
    // The schema has just said that they are triggers, but for the default purpose.
    const written = readKind(directory, 'triggers', schemaOf('trigger'));
    const triggers = written.map((trigger) => ({ ...trigger, purpose: trigger.purpose ?? 'marketing' }));
    const names = new Set(features.map(({ name }) => name));
    compileFeatures(features.map((definition, i) => ({ number: i + 1, definition, createdAt: 0, origin: true })), { reportingCurrency });
    compileTriggers(triggers.map((definition) => ({ definition, version: '' })), names);
    const unique = new Set(triggers.map(({ name }) => name));
    if (unique.size < triggers.length)
        throw new TesseraError('invalid_definition', 'two triggers have the same name');
    return { features, triggers };
}
function schemaOf(kind) {
    const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
    return ajv.compile(JSON.parse(readFileSync(new URL(`${kind}.json`, SCHEMAS), 'utf8')));
}
function readKind(directory, kind, validate) {
    const folder = join(directory, kind);
    if (!existsSync(folder))
        return [];
    const found = [];
    for (const file of readdirSync(folder).sort()) {
        if (!/\.ya?ml$/.test(file))
            continue;
        for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8'))) {
            const [problem] = document.errors;
            if (problem !== undefined) {
                throw new TesseraError('invalid_definition', `${kind}/${file}: ${problem.message}`, {
                    cause: problem,
                });
            }
            const value = document.toJS();
            if (!validate(value)) {
                const [first] = validate.errors ?? [];
                const path = first?.instancePath || '/';
                throw new TesseraError('invalid_definition', `${kind}/${file}, ${path}: ${first?.message}`, { path });
            }
            found.push(value);
        }
    }
    return found;
}
//# sourceMappingURL=definitions-pack.js.map