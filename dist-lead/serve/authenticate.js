import { hash } from 'node:crypto';
import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
export const allScopes = ['ingest', 'read', 'pii', 'define', 'privacy', 'admin'];
/**
 * Keys are compared as SHA-256 digests, every digest every time: neither the length of the common prefix
 * nor the position of the key in the list can be measured from outside.
 */
export function createAuthenticator(keys) {
    if (keys.length > limits.accessKeysMax) {
        throw new TesseraError('invalid_config', `more than ${limits.accessKeysMax} access keys`);
    }
    const known = keys.map(knownKey);
    const identify = (key) => {
        if (key.length === 0 || key.length > limits.accessKeyCharactersMax)
            return undefined;
        const digest = digestOf(key);
        let found;
        for (const candidate of known) {
            if (sameDigest(candidate.digest, digest))
                found = candidate.principal;
        }
        return found;
    };
    return {
        identify,
        authorize(key, scopes) {
            const principal = key === undefined ? undefined : identify(key);
            if (principal === undefined)
                throw new TesseraError('unauthorized');
            if (!holdsAny(principal, scopes)) {
                throw new TesseraError('forbidden', `This route needs a key with the scope ${scopes.join(' or ')}.`);
            }
            return principal;
        },
    };
}
function knownKey({ key, name, scopes }) {
    const kind = key.startsWith('wk_') ? 'write' : 'secret';
    const granted = kind === 'write' ? ['ingest'] : scopes;
    return { digest: digestOf(key), principal: { kind, name, scopes: new Set(granted) } };
}
/** As hex: the library makes that almost three times as fast (0.9 against 2.4 µs) as a buffer. */
function digestOf(key) {
    return hash('sha256', key, 'hex');
}
/** Looks at every character whatever the first ones were. */
function sameDigest(a, b) {
    let difference = a.length ^ b.length;
    for (let i = 0; i < a.length; i += 1)
        difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
    return difference === 0;
}
function holdsAny(principal, scopes) {
    for (const scope of scopes) {
        if (principal.scopes.has(scope))
            return true;
    }
    return false;
}
/** The key that a request shows: Bearer, user of Basic, `X-Write-Key`, then the query parameters. */
export function presentedKey({ headers, query, parameters }) {
    const fromAuthorization = keyOfAuthorization(headers.authorization);
    if (fromAuthorization !== undefined)
        return fromAuthorization;
    const header = headers['x-write-key'];
    if (typeof header === 'string' && header !== '')
        return header;
    if (typeof query !== 'object' || query === null)
        return undefined;
    for (const name of parameters) {
        const value = Reflect.get(query, name);
        if (typeof value === 'string' && value !== '')
            return value;
    }
    return undefined;
}
function keyOfAuthorization(authorization) {
    if (authorization === undefined)
        return undefined;
    const space = authorization.indexOf(' ');
    if (space < 0)
        return undefined;
    const scheme = authorization.slice(0, space).toLowerCase();
    const credentials = authorization.slice(space + 1).trim();
    if (scheme === 'bearer')
        return credentials;
    if (scheme !== 'basic')
        return undefined;
    const user = Buffer.from(credentials, 'base64').toString('latin1').split(':', 1)[0];
    return user === '' ? undefined : user;
}
//# sourceMappingURL=authenticate.js.map