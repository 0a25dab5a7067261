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
  /** What keys may still be wrapped under: the preset one, or what the directory had before a master key was preset. */
  readonly masterKeyPrevious?: Uint8Array;
}

export interface PresetSecrets {
  readonly writeKey: string | undefined;
  readonly secretKey: string | undefined;
  readonly masterKey: Uint8Array | undefined;
  readonly masterKeyPrevious?: Uint8Array | undefined;
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
    ...previousOf(preset, stored.master_key),
  };
}

function previousOf(
  { masterKey, masterKeyPrevious }: PresetSecrets,
  stored: string | undefined,
): Pick<Secrets, 'masterKeyPrevious'> {
  if (masterKeyPrevious !== undefined) return { masterKeyPrevious };
  if (masterKey === undefined || stored === undefined) return {};
  return { masterKeyPrevious: Buffer.from(stored, 'base64url') };
}

/** Once nothing is wrapped under the master key that the directory has made, it need not lie beside the data any more. */
export function forgetMasterKey(directory: string, inUse: Uint8Array): void {
  const path = join(directory, 'secrets.json');
  const { master_key: forgotten, ...rest } = existsSync(path) ? readStored(path) : {};
  if (forgotten === undefined || Buffer.from(forgotten, 'base64url').equals(inUse)) return;
  replaceFile(path, `${JSON.stringify(rest, null, 2)}\n`);
}

/** The master key that the directory has made up, if it has; makes none. */
export function readOwnMasterKey(directory: string): Uint8Array | undefined {
  const path = join(directory, 'secrets.json');
  const { master_key: kept } = existsSync(path) ? readStored(path) : {};
  return kept === undefined ? undefined : Buffer.from(kept, 'base64url');
}

/** The fingerprint that the directory was founded under; undefined for a new one. */
export function readFingerprint(directory: string): string | undefined {
  const path = join(directory, 'fingerprint');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** Fails with `key_mismatch` when the directory was sealed under another master key. */
export function checkFingerprint(directory: string, fingerprint: string): void {
  const found = readFingerprint(directory);
  if (found === undefined) replaceFile(join(directory, 'fingerprint'), `${fingerprint}\n`);
  if (found === undefined || found === fingerprint) return;
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
