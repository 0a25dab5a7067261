import { limits } from '../../limits.ts';
import type { CompiledPrivacy } from '../../model/compile-privacy.ts';
import type { ItemFacts } from '../../model/item-facts.ts';
import { keys } from '../../model/keys.ts';
import type { Facet, Header } from '../../model/profile.ts';
import type { RecommendationPerson } from '../../model/recommendation.ts';
import type { EpochMs } from '../../model/time.ts';
import type { StateReader } from '../../ports/state.ts';
import { readItems } from '../../profile/read-items.ts';
import { isRestricted } from '../../profile/restriction.ts';
import { usableConsent, usableTrait } from '../../profile/usable-traits.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';

/** A profile out of committed state, with all of its facets, but for what features have counted in them. */
export interface CustomerAtHand {
  readonly header: Header;
  readonly facets: readonly Facet[];
  /** What of people may be used; absent: everything. */
  readonly privacy?: CompiledPrivacy | undefined;
}

export interface CommittedState {
  readonly state: Pick<StateReader, 'read'>;
  readonly codec: EntryCodec;
  readonly definitions?: { readonly privacy?: CompiledPrivacy };
}

/** By id, as merges have left it; undefined where there is none. */
export async function customerAtHand(
  profile: string,
  { state, codec, definitions }: CommittedState,
): Promise<CustomerAtHand | undefined> {
  const read = async <T extends object>(wanted: readonly string[]): Promise<readonly (T | undefined)[]> => {
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.map((bytes, i) => bytes && (codec.decode(wanted[i] as string, bytes) as T));
  };
  let [header] = await read<Header>([keys.header(profile)]);
  for (let hop = 0; header?.forward !== undefined && hop < limits.forwardHopsMax; hop++)
    [header] = await read<Header>([keys.header(header.forward)]);
  if (header === undefined || header.erased !== undefined) return undefined;
  const { id, facets: ids } = header;
  const wanted = ids.map((facet) => keys.facet(id, facet));
  const decode = codec.decodeFacts ?? codec.decode;
  const packed = await state.read(wanted);
  // The codec answers the type that belongs to the key's prefix.
  const facets = packed.map((bytes, i) => bytes && (decode(wanted[i] as string, bytes) as Facet));
  const found = facets.filter((facet) => facet !== undefined);
  return { header, facets: found, privacy: definitions?.privacy };
}

/**
 * What recommendations may know of a customer: nothing without consent to personalization, which nobody has given who has said
 * nothing, as with marketing.
 */
export function personOf(customer: CustomerAtHand): RecommendationPerson | undefined {
  const { header, facets } = customer;
  if (header.kind === 'pseudo' || !agreesToPersonalization(customer)) return undefined;
  const items = readItems(facets);
  const sizes = statedSizes(customer);
  return { profile: header.id, items, shown: shownOf(items), ...(sizes.length === 0 ? {} : { sizes }) };
}

/** What is known of somebody. */
type Known = Pick<CustomerAtHand, 'facets' | 'privacy'>;

/** Whose processing is restricted is met as somebody who has not agreed. */
export function agreesToPersonalization({ facets, privacy }: Known): boolean {
  return usableConsent(facets, 'personalization', privacy) === true && !isRestricted(facets);
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
export function statedSizes({ facets, privacy }: Known): readonly string[] {
  const names = new Set(
    facets.flatMap(({ traits }) => [...traits.keys()].filter((name) => SIZE_TRAIT.test(name))),
  );
  const found = new Set<string>();
  for (const name of [...names].sort()) {
    const value = usableTrait(facets, name, privacy);
    for (const size of Array.isArray(value) ? value : [value])
      if (typeof size === 'string' || typeof size === 'number') found.add(String(size));
  }
  return [...found];
}

/** A trait in clear, where it is a text. */
export function textTrait({ facets, privacy }: Known, name: string): string | undefined {
  const value = usableTrait(facets, name, privacy);
  return typeof value === 'string' ? value : undefined;
}
