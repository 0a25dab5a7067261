import type { FeatureDefinition } from '../model/feature.ts';
import { orderTransitions } from '../model/order-transitions.ts';
import type { Facet, OrderFact } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { FeatureSet } from './compile.ts';
import { completed, isCancelled, sampleOf } from './orders.ts';
import { addSample, stateOf } from './target.ts';

/** What history knows of a facet before the cut, reduced by the same code that reduces live events. */
export interface FacetPast {
  readonly from: Facet;
  /** Parts of the profile that took in facets for good: order facts may have gone there. */
  readonly folded: readonly Facet[];
  readonly now: EpochMs;
}

/**
 * Adds what a facet held before the cut to what it has gathered since, for the features that are being filled. Tiles that
 * no window reaches any more go, as adding would have dropped them.
 */
export function fillFacet(set: FeatureSet, facet: Facet, { from, folded, now }: FacetPast): void {
  for (const feature of set.features) {
    const theirs = feature.mark === undefined ? undefined : stateOf(from, feature);
    if (theirs === undefined) continue;
    const ours = stateOf(facet, feature) ?? feature.operation.empty();
    const merged = feature.operation.merge(ours, theirs);
    feature.operation.bound?.(merged, now);
    facet.aggregates.set(feature.number, merged);
  }
  const { mark } = set;
  if (mark === undefined) return;
  const facets = folded.includes(facet) ? folded : [facet, ...folded];
  for (const fact of from.orders.values()) {
    const holder = facets.find(({ orders }) => orders.has(fact.key));
    const known = holder?.orders.get(fact.key);
    if (holder === undefined || known === undefined) foldPast({ set, facet, now }, fact, [...facets, from]);
    else holder.orders.set(fact.key, completed(known, isSame(known, fact) ? fact.values : NONE, mark));
  }
}

const NONE: ReadonlyMap<number, unknown> = new Map();

/** What the facet knows of an order is at least what history knew at the cut; only of the same report it lacks values. */
function isSame(a: OrderFact, b: OrderFact): boolean {
  return a.time === b.time && a.tie === b.tie;
}

/** The fact has folded since the cut, and history brings what it counts for these features. */
function foldPast(
  target: { readonly set: FeatureSet; readonly facet: Facet; readonly now: EpochMs },
  fact: OrderFact,
  facets: readonly Facet[],
): void {
  if (facets.some(({ orders }) => isCancelled(orders, fact))) return;
  for (const feature of target.set.features) {
    const sample = feature.mark === undefined ? undefined : sampleOf(feature, fact);
    if (sample !== undefined) addSample(target, feature, sample);
  }
}

/** Whether any of them counts order facts, so that every report of an order matters and every cancellation. */
export function readsOrders(definitions: readonly FeatureDefinition[]): boolean {
  return definitions.some(
    ({ aggregate, on }) => aggregate !== 'cart' && on.some((type) => orderTransitions.has(type)),
  );
}
