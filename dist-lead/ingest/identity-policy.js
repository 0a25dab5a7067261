import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { TesseraError } from "../errors.js";
const SCHEMA = new URL('../../schemas/definitions/identity.json', import.meta.url);
/** Reads and checks the policy. Fails with `invalid_definition`, saying where and what. */
export function loadIdentityPolicy(path) {
    return parseIdentityPolicy(readFileSync(path, 'utf8'));
}
export function parseIdentityPolicy(text) {
    const policy = parseYaml(text);
    const validate = new Ajv({ strict: true }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
    if (!validate(policy)) {
        const [first] = validate.errors ?? [];
        const path = first?.instancePath ?? '';
        throw new TesseraError('invalid_definition', `identity policy, ${path || '/'}: ${first?.message}`, {
            path,
        });
    }
    const names = new Set(policy.types.map((rule) => rule.type));
    if (names.size < policy.types.length) {
        throw new TesseraError('invalid_definition', 'identity policy, /types: a type is listed twice', {
            path: '/types',
        });
    }
    return policy;
}
function parseYaml(text) {
    try {
        return parse(text);
    }
    catch (cause) {
        throw new TesseraError('invalid_definition', 'the identity policy is not valid YAML', { cause });
    }
}
//# sourceMappingURL=identity-policy.js.map