import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from '../../errors.ts';
import { isJsonObject } from '../../model/json.ts';
import { createDirectory, replaceFile } from './durable-file.ts';

/** What a data directory keeps to itself, readable by its owner only. Presets win and are not written down. */
export interface Secrets {
  readonly writeKey: string;
  readonly secretKey: string;
  readonly masterKey: Uint8Array;
}

export interface PresetSecrets {
  readonly writeKey: string | undefined;
  readonly secretKey: string | undefined;
  readonly masterKey: Uint8Array | undefined;
}

const KEY_BYTES = 32;

/** Reads the secrets of a data directory and makes those that are missing. */
export function openSecrets(directory: string, preset: PresetSecrets): Secrets {
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
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) replaceFile(path, text);
  return {
    writeKey: preset.writeKey ?? kept.write_key,
    secretKey: preset.secretKey ?? kept.secret_key,
    masterKey: preset.masterKey ?? Buffer.from(kept.master_key ?? '', 'base64url'),
  };
}

/** Fails with `key_mismatch` when the directory was sealed under another master key. */
export function checkFingerprint(directory: string, fingerprint: string): void {
  const path = join(directory, 'fingerprint');
  if (!existsSync(path)) {
    replaceFile(path, `${fingerprint}\n`);
    return;
  }
  if (readFileSync(path, 'utf8').trim() === fingerprint) return;
  throw new TesseraError(
    'key_mismatch',
    `${directory} was written under another master key: start with that one (TESSERA_MASTER_KEY) or use another directory`,
  );
}

interface StoredSecrets {
  readonly write_key?: string;
  readonly secret_key?: string;
  readonly master_key?: string;
}

function readStored(path: string): StoredSecrets {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new TesseraError('invalid_config', `${path} cannot be read; restore it, its master key is needed`, {
      cause,
    });
  }
  if (!isJsonObject(value)) throw new TesseraError('invalid_config', `${path} is not a JSON object`);
  for (const name of ['write_key', 'secret_key', 'master_key'] as const) {
    if (value[name] !== undefined && typeof value[name] !== 'string') {
      throw new TesseraError('invalid_config', `${path}: ${name} is not a text`);
    }
  }
  return value as StoredSecrets;
}
