import { TesseraError } from '../../errors.ts';
import { comparable, FeatureReader } from '../../features/read.ts';
import { limits } from '../../limits.ts';
import { HASH_RANGE, hash53 } from '../../model/hash.ts';
import type { JsonValue } from '../../model/json.ts';
import type { Header } from '../../model/profile.ts';
import { readKind } from '../../profile/kind.ts';
import { usableTrait } from '../../profile/usable-traits.ts';
import type { FitParts, FitRun } from './fit-parts.ts';
import { facetsOf } from './strangers.ts';

/**
 * What features say of customers, one row each, in the order of the features: null where they say nothing. Of very many
 * customers those with the smallest hashes of their ids, so that the same ones are asked again the next time.
 */
export async function sampleCustomers(
  features: readonly string[],
  run: FitRun,
): Promise<readonly (readonly JsonValue[])[]> {
  const { parts, report, pace } = run;
  const { features: set } = parts.definitions;
  for (const name of features)
    if (!set.byName.has(name) && !set.derived.has(name))
      throw new TesseraError('fit_impossible', `There is no feature ${name}.`);
  const picked = await pick(run);
  const rows: (readonly JsonValue[])[] = [];
  for (const [i, id] of picked.entries()) {
    const row = await read(id, features, parts);
    if (row !== undefined) rows.push(row);
    report({ done: i + 1, total: picked.length, note: 'reading profiles' });
    if (pace.isDue()) await pace.rest();
  }
  return rows;
}

async function read(
  id: string,
  features: readonly string[],
  parts: FitParts,
): Promise<readonly JsonValue[] | undefined> {
  const { definitions, clock } = parts;
  const facets = await facetsOf(id, parts);
  if (facets.length === 0 || readKind(facets, definitions.identity.isListed) !== 'customer') return undefined;
  const reader = new FeatureReader(definitions.features, {
    facets,
    now: clock.now(),
    trait: (name) => usableTrait(facets, name, definitions.privacy),
  });
  return features.map((name) => comparable(reader.read(name)) ?? null);
}

async function pick({ parts: { state, codec }, pace }: FitRun): Promise<readonly string[]> {
  let chosen: { readonly id: string; readonly chance: number }[] = [];
  const most = limits.fitSampleMax;
  const keepFewest = (): void => {
    chosen = chosen.sort((a, b) => a.chance - b.chance).slice(0, most);
  };
  for (let after = ''; ; ) {
    const page = await state.scan('h/', after, limits.pageMax);
    for (const [key, bytes] of page) {
      after = key;
      // The codec answers the type that belongs to the key's prefix.
      const header = codec.decode(key, bytes) as Header;
      if (header.forward === undefined && header.kind === 'person')
        chosen.push({ id: header.id, chance: hash53(header.id) / HASH_RANGE });
      if (pace.isDue()) await pace.rest();
    }
    if (chosen.length > 2 * most) keepFewest();
    if (page.length < limits.pageMax) break;
  }
  keepFewest();
  return chosen.map(({ id }) => id);
}
