import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from "../../errors.js";
import { isJsonObject } from "../../model/json.js";
import { createDirectory, replaceFile } from "./durable-file.js";
const KEY_BYTES = 32;
/** Reads the secrets of a data directory and makes those that are missing. */
export function openSecrets(directory, preset) {
    createDirectory(directory);
    const path = join(directory, 'secrets.json');
    const stored = existsSync(path) ? readStored(path) : {};
    const kept = {
        write_key: stored.write_key ?? `wk_${randomBytes(KEY_BYTES).toString('base64url')}`,
        secret_key: stored.secret_key ?? `sk_${randomBytes(KEY_BYTES).toString('base64url')}`,
        // A master key that was given from outside never touches this disk.
        ...(preset.masterKey === undefined
            ? { master_key: stored.master_key ?? randomBytes(KEY_BYTES).toString('base64url') }
            : {}),
    };
    const text = `${JSON.stringify({ ...stored, ...kept }, null, 2)}\n`;
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text)
        replaceFile(path, text);
    return {
        writeKey: preset.writeKey ?? kept.write_key,
        secretKey: preset.secretKey ?? kept.secret_key,
        masterKey: preset.masterKey ?? Buffer.from(kept.master_key ?? '', 'base64url'),
    };
}
/** Fails with `key_mismatch` when the directory was sealed under another master key. */
export function checkFingerprint(directory, fingerprint) {
    const path = join(directory, 'fingerprint');
    if (!existsSync(path)) {
        replaceFile(path, `${fingerprint}\n`);
        return;
    }
    if (readFileSync(path, 'utf8').trim() === fingerprint)
        return;
    throw new TesseraError('key_mismatch', `${directory} was written under another master key: start with that one (TESSERA_MASTER_KEY) or use another directory`);
}
function readStored(path) {
    let value;
    try {
        value = JSON.parse(readFileSync(path, 'utf8'));
    }
    catch (cause) {
        throw new TesseraError('invalid_config', `${path} cannot be read; restore it, its master key is needed`, {
            cause,
        });
    }
    if (!isJsonObject(value))
        throw new TesseraError('invalid_config', `${path} is not a JSON object`);
    for (const name of ['write_key', 'secret_key', 'master_key']) {
        if (value[name] !== undefined && typeof value[name] !== 'string') {
            throw new TesseraError('invalid_config', `${path}: ${name} is not a text`);
        }
    }
    return value;
}
//# sourceMappingURL=secrets.js.map