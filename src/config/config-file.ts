import { parse } from 'yaml';
import type { ConfigInput } from '../config.ts';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { decodeKey, type Refuse, readText } from './setting-readers.ts';

/** Fails with `invalid_config`, naming the setting. */
export function refusal(name: string): Refuse {
  return (problem, cause) => {
    throw new TesseraError('invalid_config', `${name} ${problem}.`, { path: name, cause });
  };
}

/** What the file that `--config` or `TESSERA_CONFIG` names says; empty where none is named. Refuses settings beyond `known`. */
export function readConfigFile(
  { env, flags, readFile }: ConfigInput,
  known: ReadonlySet<string>,
): JsonObject {
  const path = flags.config ?? env.TESSERA_CONFIG;
  if (path === undefined || path === '') return {};
  const refuse = refusal(flags.config === undefined ? 'TESSERA_CONFIG' : '--config');
  const content = parseYaml(readBytes(readText(path, refuse), readFile, refuse), refuse);
  if (content === null) return {};
  if (!isJsonObject(content)) return refuse('names a file that is no mapping of settings');
  const unknown = Object.keys(content).find((name) => !known.has(name));
  if (unknown !== undefined) refuse(`names a file with the unknown setting ${unknown}`);
  return content;
}

function parseYaml(bytes: Buffer, refuse: Refuse): unknown {
  try {
    return parse(bytes.toString('utf8'));
  } catch (error) {
    return refuse('names a file that is not valid YAML', error);
  }
}

function readBytes(path: string, readFile: ConfigInput['readFile'], refuse: Refuse): Buffer {
  try {
    return readFile(path);
  } catch (error) {
    return refuse('names a file that cannot be read', error);
  }
}

/** Where the key that wraps the others comes from, and what it was before, while it is being exchanged. */
export interface MasterKeys {
  readonly masterKey: Uint8Array | undefined;
  readonly masterKeyCommand: string | undefined;
  readonly masterKeyPrevious: Uint8Array | undefined;
}

/** Keys as 32 raw bytes, 64 hex digits or base64, from the environment or mounted files; or a command that prints one. */
export function readMasterKeys(input: ConfigInput): MasterKeys {
  const masterKey = readKey(input, 'TESSERA_MASTER_KEY');
  const masterKeyCommand = input.env.TESSERA_MASTER_KEY_COMMAND || undefined;
  if (masterKey !== undefined && masterKeyCommand !== undefined)
    refusal('TESSERA_MASTER_KEY_COMMAND')('and a master key are both set');
  return { masterKey, masterKeyCommand, masterKeyPrevious: readKey(input, 'TESSERA_MASTER_KEY_PREVIOUS') };
}

function readKey({ env, readFile }: ConfigInput, name: string): Uint8Array | undefined {
  const text = env[name];
  const path = env[`${name}_FILE`];
  if (text && path) refusal(name)(`and ${name}_FILE are both set`);
  if (text) return decodeKey(text, refusal(name));
  if (!path) return undefined;
  const refuse = refusal(`${name}_FILE`);
  return decodeKeyBytes(readBytes(path, readFile, refuse), refuse);
}

/** What a file or a command holds: 32 raw bytes, or their text. */
export function decodeKeyBytes(bytes: Uint8Array, refuse: Refuse): Uint8Array {
  return bytes.length === 32
    ? new Uint8Array(bytes)
    : decodeKey(Buffer.from(bytes).toString('latin1'), refuse);
}
