import { spokenOfSql } from '../../analytics/purchases-sql.ts';
import type { Pace } from '../../background/pace.ts';
import { readHistoryRows } from '../../desks/past-events.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { keys } from '../../model/keys.ts';
import type { Facet, Header } from '../../model/profile.ts';
import { readKind } from '../../profile/kind.ts';
import type { FitParts } from './fit-parts.ts';

/** Facets of a profile as committed; none where it is gone or was merged away. */
export async function facetsOf(
  profile: string,
  { state, codec }: Pick<FitParts, 'state' | 'codec'>,
): Promise<readonly Facet[]> {
  const [bytes] = await state.read([keys.header(profile)]);
  // The codec answers the type that belongs to the key's prefix.
  const header = bytes && (codec.decode(keys.header(profile), bytes) as Header);
  if (header === undefined || header.forward !== undefined) return [];
  const wanted = header.facets.map((facet) => keys.facet(profile, facet));
  const found = await state.read(wanted);
  // As above.
  return found.flatMap((each, i) => (each ? [codec.decode(wanted[i] as string, each) as Facet] : []));
}

/**
 * Profiles that are no customers: staff, resellers and the like. History knows of whom anything was said, and the state
 * what holds of that. Fails with `fit_impossible` where there are too many of them for a question.
 */
export async function findStrangers({
  parts,
  pace,
}: {
  readonly parts: Pick<FitParts, 'history' | 'state' | 'codec' | 'definitions'>;
  readonly pace: Pace;
}): Promise<readonly string[]> {
  const rows = await readHistoryRows(parts.history, spokenOfSql);
  if (rows.length > limits.fitStrangersMax)
    throw new TesseraError(
      'fit_impossible',
      `More than ${limits.fitStrangersMax} profiles have a kind of their own.`,
    );
  const strangers: string[] = [];
  for (const { profile_id: id } of rows) {
    const facets = await facetsOf(String(id), parts);
    if (readKind(facets, parts.definitions.identity.isListed) !== 'customer') strangers.push(String(id));
    if (pace.isDue()) await pace.rest();
  }
  return strangers;
}
