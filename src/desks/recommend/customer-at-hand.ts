import type { CompiledPrivacy } from '../../model/compile-privacy.ts';
import type { ItemFacts } from '../../model/item-facts.ts';
import type { Facet, Header } from '../../model/profile.ts';
import type { RecommendationPerson } from '../../model/recommendation.ts';
import type { EpochMs } from '../../model/time.ts';
import { readItems } from '../../profile/read-items.ts';
import { isRestricted } from '../../profile/restriction.ts';
import { usableConsent, usableTrait } from '../../profile/usable-traits.ts';
import { type Committed, committedFacets, committedHeader } from '../open-profile.ts';

/** A profile out of committed state, with all of its facets, but for what features have counted in them. */
export interface CustomerAtHand {
  readonly header: Header;
  readonly facets: readonly Facet[];
  /** What of people may be used; absent: everything. */
  readonly privacy?: CompiledPrivacy | undefined;
}

export interface CommittedState extends Committed {
  readonly definitions?: { readonly privacy?: CompiledPrivacy };
}

/** By id, as merges have left it; undefined where there is none. */
export async function customerAtHand(
  profile: string,
  committed: CommittedState,
): Promise<CustomerAtHand | undefined> {
  const header = await committedHeader(profile, committed);
  if (header === undefined) return undefined;
  const { codec, definitions } = committed;
  const facets = await committedFacets(header, committed, codec.decodeFacts ?? codec.decode);
  return { header, facets, privacy: definitions?.privacy };
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
