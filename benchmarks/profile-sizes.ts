/*
 * What profiles take in the state: header, facets and deduplication ids of each, as they are stored. Reads the data
 * directory of an engine of one process that is not running.
 * Usage: npx tsx benchmarks/profile-sizes.ts --data-dir DIRECTORY
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { open } from 'lmdb';
import { TesseraError } from '../src/errors.ts';
import { formatTable } from './support/report.ts';

interface Sizes {
  header: number;
  facets: number;
  dedup: number;
}

/** Which profile an entry `<partition>/<key>` belongs to, and as what. */
function partOf(entry: string): { readonly profile: string; readonly part: keyof Sizes } | undefined {
  const [, kind, first, second] = entry.split('/');
  if (kind === 'h' && first !== undefined) return { profile: first, part: 'header' };
  if (kind === 'f' && first !== undefined) return { profile: first, part: 'facets' };
  if (kind === 'd' && second !== undefined) return { profile: second, part: 'dedup' };
  return undefined;
}

function readSizes(directory: string): readonly Sizes[] {
  const root = open({ path: join(directory, 'state'), noSubdir: false, readOnly: true, encoding: 'binary' });
  const profiles = new Map<string, Sizes>();
  for (const { key, value } of root
    .openDB<Buffer, string>({ name: 'entries', encoding: 'binary' })
    .getRange()) {
    const found = partOf(key);
    if (found === undefined) continue;
    const sizes = profiles.get(found.profile) ?? { header: 0, facets: 0, dedup: 0 };
    profiles.set(found.profile, sizes);
    sizes[found.part] += value.byteLength;
  }
  return [...profiles.values()];
}

function quantile(values: readonly number[], q: number): string {
  return String(values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? 0);
}

function row(name: string, values: readonly number[]): readonly string[] {
  return [name, ...[0.5, 0.9, 0.99, 1].map((q) => quantile(values, q))];
}

const { values: flags } = parseArgs({ options: { 'data-dir': { type: 'string' } } });
const directory = flags['data-dir'];
if (directory === undefined) throw new TesseraError('internal', '--data-dir is missing');
const profiles = readSizes(directory);
console.log(`${profiles.length} profiles, bytes of each`);
console.log(
  formatTable(
    ['', 'median', 'p90', 'p99', 'largest'],
    [
      row(
        'all',
        profiles.map(({ header, facets, dedup }) => header + facets + dedup),
      ),
      row(
        'facets',
        profiles.map(({ facets }) => facets),
      ),
      row(
        'header',
        profiles.map(({ header }) => header),
      ),
      row(
        'deduplication ids',
        profiles.map(({ dedup }) => dedup),
      ),
    ],
  ),
);
