import { limits } from '../limits.ts';
import { allScopes, type Scope } from '../model/access-key.ts';
import { ENGINE_SOURCE, OPERATOR_SOURCE } from '../model/event.ts';
import { isJsonObject } from '../model/json.ts';
import { keyReader, type Refuse, readOrigins } from './setting-readers.ts';

/** A key beside the two that every deployment has. */
export interface KeyConfig {
  readonly key: string;
  /** Author in audits, and source of events. */
  readonly name: string;
  /** What it may do; of write keys nothing but `ingest`. */
  readonly scopes: readonly Scope[];
  readonly origins: 'any' | readonly string[];
}

/** Names that have a meaning of their own: of the two first keys, and of what the engine says by itself. */
const TAKEN: readonly string[] = ['web', 'server', ENGINE_SOURCE, OPERATOR_SOURCE];

/** `keys: [{ name: app, key: wk_…, origins: [https://shop.example] }]`. Never says a key in what it refuses. */
export function readKeys(value: unknown, refuse: Refuse): readonly KeyConfig[] {
  if (!Array.isArray(value)) return refuse('must be a list of keys');
  // The first two keys count as well.
  if (value.length > limits.accessKeysMax - 2)
    return refuse(`holds more than ${limits.accessKeysMax - 2} keys`);
  const names = new Set(TAKEN);
  const texts = new Set<string>();
  return Object.freeze(
    value.map((entry: unknown, i) => {
      const key = readKey(entry, (problem) => refuse(`has a key (number ${i + 1}) that ${problem}`));
      if (names.has(key.name)) refuse(`has a key (number ${i + 1}) whose name is taken`);
      if (texts.has(key.key)) refuse(`has a key (number ${i + 1}) that is there twice`);
      names.add(key.name);
      texts.add(key.key);
      return key;
    }),
  );
}

function readKey(value: unknown, refuse: Refuse): KeyConfig {
  if (!isJsonObject(value)) return refuse('is no mapping');
  const { name, key, scopes, origins = 'any', ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) refuse(`has the unknown setting ${unknown}`);
  if (typeof name !== 'string' || !/^[\w.:-]{1,64}$/.test(name))
    return refuse('has no name, or one not allowed');
  const isWrite = typeof key === 'string' && key.startsWith('wk_');
  return Object.freeze({
    name,
    key: keyReader(isWrite ? 'wk_' : 'sk_')(key, refuse),
    scopes: isWrite && scopes === undefined ? ['ingest' as const] : readScopes(scopes, refuse),
    origins: readOrigins(origins, refuse),
  });
}

function readScopes(value: unknown, refuse: Refuse): readonly Scope[] {
  const problem = `must name its scopes, some of ${allScopes.join(', ')}`;
  if (!Array.isArray(value) || value.length === 0) return refuse(problem);
  return Object.freeze(
    value.map((scope: unknown) => allScopes.find((known) => known === scope) ?? refuse(problem)),
  );
}
