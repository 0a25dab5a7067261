import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function readText(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

/** Every environment variable that the program reads as a setting, as its one reader of them names them. */
export function knownSettings(): ReadonlySet<string> {
  const files = ['src/config.ts', ...readdirSync(`${ROOT}src/config`).map((name) => `src/config/${name}`)];
  const names = files.flatMap(
    (file) => readText(file).match(/\b(?:TESSERA_[A-Z_]+|CLICKHOUSE_URL)\b/g) ?? [],
  );
  return new Set([...names, 'PORT']);
}

/** Those of these names that look like settings of ours and are none. */
export function unknownSettings(names: Iterable<string>): readonly string[] {
  const known = knownSettings();
  return [...names].filter((name) => /^(?:TESSERA_|CLICKHOUSE_URL$|PORT$)/.test(name) && !known.has(name));
}
