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

/** The master key as 32 raw bytes, 64 hex digits or base64, from the environment or a mounted file. */
export function readMasterKey({ env, readFile }: ConfigInput): Uint8Array | undefined {
  const { TESSERA_MASTER_KEY: text, TESSERA_MASTER_KEY_FILE: path } = env;
  if (text && path) refusal('TESSERA_MASTER_KEY')('and TESSERA_MASTER_KEY_FILE are both set');
  if (text) return decodeKey(text, refusal('TESSERA_MASTER_KEY'));
  if (!path) return undefined;
  const refuse = refusal('TESSERA_MASTER_KEY_FILE');
  const bytes = readBytes(path, readFile, refuse);
  return bytes.length === 32 ? new Uint8Array(bytes) : decodeKey(bytes.toString('latin1'), refuse);
}
