import { limits } from '../limits.ts';
import { facetKeyOf, isClosedFacet } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import { emptyLedger, uniteLedgers } from '../model/ledger-facts.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { uniteCoupons } from './coupons.ts';
import { isLiveDay } from './dedup.ts';
import { emptyFacet } from './facets.ts';
import { uniteItems } from './items.ts';
import { uniteKinds } from './kind.ts';
import { uniteRegisters } from './registers.ts';
import { uniteTags } from './tags.ts';

/**
 * Bounds the facets of a profile: above the limit the oldest ones without live deduplication ids become one.
 * A person with two hundred cookies keeps every count, and gives up that those cookies can be split off again.
 */
export type FoldFeatures = (into: Facet, from: Facet, now: EpochMs) => void;

/** What a move needs to know of the features in force. */
export interface FacetFeatures {
  readonly encode: (facet: Facet) => unknown;
  readonly decode: (data: unknown) => Facet;
  readonly fold: FoldFeatures;
}

const FOLDED = 'z-';
/** 128 bits in base64url. */
const KEY_CHARACTERS = 22;

/** The facet that holds what was folded; unique per profile, so that merged people keep theirs apart. */
export function foldedFacetId(profile: string): string {
  return `${FOLDED}${profile}`;
}

/** One key in four thousand begins in the same way; all keys have one length, and ids of profiles have another. */
export function isFoldedFacet(id: string): boolean {
  return id.startsWith(FOLDED) && facetKeyOf(id).length !== KEY_CHARACTERS;
}

export function isCrowded(header: Header | undefined, facet: string): boolean {
  return (
    header !== undefined &&
    header.facets.length >= limits.facetsPerProfileMax &&
    !header.facets.includes(facet)
  );
}

/** All facets are looked at when one too many arrives. */
export function crowdedNeeds(header: Header): string[] {
  return [...header.facets, foldedFacetId(header.id)].map((id) => keys.facet(header.id, id));
}

/** Folds the older half of what may be folded; false when every facet is still needed as it is. */
export function foldOldest(header: Header, context: FoldContext, fold: FoldFeatures): boolean {
  const { view, now } = context;
  const target = foldedFacetId(header.id);
  const foldable = facetsOf(header, view)
    .filter((facet) => facet.id !== target && isFoldable(facet, now))
    .sort((a, b) => a.last - b.last || (a.id < b.id ? -1 : 1));
  const chosen = foldable.slice(0, Math.ceil(foldable.length / 2));
  if (chosen.length === 0) return false;
  const into = view.get<Facet>(keys.facet(header.id, target)) ?? emptyFacet(target);
  for (const facet of chosen) {
    uniteFacets(into, facet, { now, fold });
    for (const day of facet.dedupDays) view.remove(keys.dedup(day, header.id, facet.id));
    view.remove(keys.facet(header.id, facet.id));
  }
  const gone = new Set(chosen.map((facet) => facet.id));
  header.facets = [...header.facets.filter((id) => id !== target && !gone.has(id)), target];
  view.put(keys.facet(header.id, target), into);
  view.put(keys.header(header.id), header);
  return true;
}

/**
 * An open facet that was closed before stays, because its next event is named after the number that it carries. There
 * are few of these: a device or a number has one, however often it was signed out of.
 */
function isFoldable(facet: Facet, now: EpochMs): boolean {
  if (facet.epoch > 0 && !isClosedFacet(facet.id)) return false;
  return !facet.dedupDays.some((day) => isLiveDay(day, now));
}

/** Takes what one facet counts and says into another for good; deduplication ids are the caller's. */
export function uniteFacets(
  into: Facet,
  from: Facet,
  { now, fold }: { readonly now: EpochMs; readonly fold: FoldFeatures },
): void {
  into.events += from.events;
  into.first = Math.min(into.first, from.first);
  into.last = Math.max(into.last, from.last);
  uniteRegisters(into, from);
  uniteKinds(into, from);
  uniteTags(into, from);
  uniteCoupons(into, from);
  uniteItems(into, from);
  if (from.ledger !== undefined) {
    into.ledger ??= emptyLedger();
    uniteLedgers(into.ledger, from.ledger);
  }
  fold(into, from, now);
}

function facetsOf(header: Header, view: StateView): Facet[] {
  return header.facets
    .map((id) => view.get<Facet>(keys.facet(header.id, id)))
    .filter((facet) => facet !== undefined);
}
