import { limits } from '../../limits.ts';
import type { ItemFacts } from '../../model/item-facts.ts';
import { keys } from '../../model/keys.ts';
import type { Facet, Header } from '../../model/profile.ts';
import type { RecommendationPerson } from '../../model/recommendation.ts';
import type { EpochMs } from '../../model/time.ts';
import type { StateReader } from '../../ports/state.ts';
import { readItems } from '../../profile/read-items.ts';
import { comparableRegister, readConsent, readRegister } from '../../profile/registers.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';

/** A profile out of committed state, with all of its facets. */
export interface CustomerAtHand {
  readonly header: Header;
  readonly facets: readonly Facet[];
}

export interface CommittedState {
  readonly state: Pick<StateReader, 'read'>;
  readonly codec: EntryCodec;
}

/** By id, as merges have left it; undefined where there is none. */
export async function customerAtHand(
  profile: string,
  { state, codec }: CommittedState,
): Promise<CustomerAtHand | undefined> {
  const read = async <T extends object>(wanted: readonly string[]): Promise<readonly (T | undefined)[]> => {
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.map((bytes, i) => bytes && (codec.decode(wanted[i] as string, bytes) as T));
  };
  let [header] = await read<Header>([keys.header(profile)]);
  for (let hop = 0; header?.forward !== undefined && hop < limits.forwardHopsMax; hop++)
    [header] = await read<Header>([keys.header(header.forward)]);
  if (header === undefined) return undefined;
  const { id, facets: ids } = header;
  const facets = await read<Facet>(ids.map((facet) => keys.facet(id, facet)));
  return { header, facets: facets.filter((facet) => facet !== undefined) };
}

/**
 * What recommendations may know of a customer: nothing without consent to personalization, which nobody has given who has said
 * nothing, as with marketing.
 */
export function personOf({ header, facets }: CustomerAtHand): RecommendationPerson | undefined {
  if (header.kind === 'pseudo' || !agreesToPersonalization(facets)) return undefined;
  const items = readItems(facets);
  const sizes = statedSizes(facets);
  return { profile: header.id, items, shown: shownOf(items), ...(sizes.length === 0 ? {} : { sizes }) };
}

export function agreesToPersonalization(facets: readonly Facet[]): boolean {
  return readConsent(facets, 'personalization')?.value === true;
}

function shownOf(items: readonly ItemFacts[]): ReadonlyMap<string, EpochMs> {
  const shown = new Map<string, EpochMs>();
  for (const { item, deeds } of items) if (deeds.shown !== undefined) shown.set(item, deeds.shown.time);
  return shown;
}

/** Traits that say what fits: `size`, `size_tops`, `shoe_size`; not `household_size`, which is a number of people. */
const SIZE_TRAIT =
  /^(?!(?:household|family|party|group|team|company)_size$)(?:size|sizes|size_[a-z0-9_]+|[a-z0-9_]+_size)$/;

/** Ascending by the names of their traits. */
export function statedSizes(facets: readonly Facet[]): readonly string[] {
  const names = new Set(
    facets.flatMap(({ traits }) => [...traits.keys()].filter((name) => SIZE_TRAIT.test(name))),
  );
  const found = new Set<string>();
  for (const name of [...names].sort()) {
    const value = comparableRegister(readRegister(facets, 'traits', name));
    for (const size of Array.isArray(value) ? value : [value])
      if (typeof size === 'string' || typeof size === 'number') found.add(String(size));
  }
  return [...found];
}

/** A trait in clear, where it is a text. */
export function textTrait(facets: readonly Facet[], name: string): string | undefined {
  const value = comparableRegister(readRegister(facets, 'traits', name));
  return typeof value === 'string' ? value : undefined;
}
