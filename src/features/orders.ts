import { limits } from '../limits.ts';
import type { Event, OrderInfo, OrderTransition } from '../model/event.ts';
import { hash53 } from '../model/hash.ts';
import type { Facet, OrderFact } from '../model/profile.ts';
import type { Feature, FeatureSet } from './compile.ts';
import { isReturned, type OrderSample } from './net-orders.ts';
import type { Sample, Scalar } from './operation.ts';
import { boundedText } from './scalar.ts';
import { addSample, type Target } from './target.ts';

/**
 * Orders are reported more than once: by the browser, the webhook and the nightly file, under different event
 * ids and perhaps different identifiers. So what features need of them is kept as facts, and counted when read:
 * one winner per (namespace, order, transition, refund) over all facets of the profile. Each facet keeps only
 * its own reports, so that a merge and an unmerge need no repair.
 *
 * Facts fold into the facet's aggregates 400 days after their first report, or as the oldest of too many. From
 * then on a repeat, a second facet's report or a cancellation of that order is no longer recognized.
 *
 * While features are being filled from history, facts carry their mark among the values: COMPLETE where the facet has
 * seen every report of the fact under those features, HALF where an earlier report is still to come out of history. A
 * fact that folds counts for them only when complete; of any other, history brings the report that counts.
 */
export type FactValues = readonly [currency: string, ...values: Scalar[]];

const SEPARATOR = '\0';
const COMPLETE: FactValues = Object.freeze(['', 1] as const);
const HALF: FactValues = Object.freeze(['', 0] as const);

/** Whether the fact counts for the features being filled. */
export function isComplete(fact: OrderFact, mark: number): boolean {
  // Written by this file, or read back by encode.ts.
  const found = fact.values.get(mark) as FactValues | undefined;
  return found?.[1] === COMPLETE[1];
}

/** The fact with these values beside its own, which win, and complete. */
export function completed(fact: OrderFact, values: ReadonlyMap<number, unknown>, mark: number): OrderFact {
  return { ...fact, values: new Map([...values, ...fact.values, [mark, COMPLETE]]) };
}

/** Ids come from outside and may be long; what is cut off lives on in a hash. */
function boundedId(id: string): string {
  return id.length <= limits.featureStringCharactersMax ? id : `${boundedText(id)}#${hash53(id)}`;
}

function keyOfFact(order: OrderInfo, transition: OrderTransition): string {
  const refund = transition === 'refunded' ? order.refund_id : '';
  return [boundedId(order.namespace), boundedId(order.order_id), transition, boundedId(refund)].join(
    SEPARATOR,
  );
}

/** The earlier report wins, then the smaller (source, event id). */
function isBetter(a: OrderFact, b: OrderFact): boolean {
  return a.time !== b.time ? a.time < b.time : a.tie < b.tie;
}

/** Two reports of one fact become the winner's, known since the first of them. */
function combine(a: OrderFact, b: OrderFact): OrderFact {
  const winner = isBetter(b, a) ? b : a;
  const since = Math.min(a.since, b.since);
  return winner.since === since ? winner : { ...winner, since };
}

function extractValues(set: FeatureSet, event: Event): Map<number, FactValues> {
  const values = new Map<number, FactValues>();
  for (const extractor of set.byType.get(event.type) ?? []) {
    if (extractor.cart) continue;
    const extracted = extractor.extract(event);
    if (extracted === undefined) continue;
    values.set(extractor.number, [extractor.money ? (event.currency ?? '') : '', ...extracted]);
  }
  return values;
}

/** Keeps what the event says about its order; behavior sources say nothing that counts. */
export function putOrderFact(target: Target, event: Event): void {
  const { set, facet, now } = target;
  const { order } = event;
  if (order === undefined || !order.ledger) return;
  const key = keyOfFact(order, order.transition);
  const tie = `${event.source}${SEPARATOR}${event.id}`;
  const values = extractValues(set, event);
  const reported: OrderFact = { key, time: event.time, tie, since: now, values };
  const known = facet.orders.get(key);
  if (set.mark !== undefined)
    values.set(set.mark, known === undefined || isComplete(known, set.mark) ? COMPLETE : HALF);
  facet.orders.set(key, known === undefined ? reported : combine(known, reported));
  foldOldFacts(target);
}

/** A fact counts for a feature when it was first reported while the definition was in force. */
function concerns(feature: Feature, fact: OrderFact): boolean {
  if (feature.mark !== undefined) return isComplete(fact, feature.mark);
  return feature.origin || fact.since >= feature.createdAt;
}

/** What the fact says to the feature; undefined where it says nothing. */
export function sampleOf(feature: Feature, fact: OrderFact): Sample | undefined {
  // Written by extractValues above, or read back by encode.ts, which checks the shape.
  const extracted = fact.values.get(feature.extractor) as FactValues | undefined;
  if (extracted === undefined || !concerns(feature, fact)) return undefined;
  const [currency, ...values] = extracted;
  // What nets orders has to tell an order without a price from a refund.
  if (feature.netsOrders) values.push(isOrder(fact) ? 1 : 0);
  return { time: fact.time, tie: fact.tie, currency, values };
}

const COMPLETED = `${SEPARATOR}completed${SEPARATOR}`;

function isOrder({ key }: OrderFact): boolean {
  return key.startsWith(COMPLETED, endOfOrder(key));
}

/** Where the name of the order ends in a key: behind namespace and id. */
function endOfOrder(key: string): number {
  return key.indexOf(SEPARATOR, key.indexOf(SEPARATOR) + 1);
}

/** The same for an order and all that was reported of it. */
export function orderOfFact({ key }: OrderFact): string {
  return key.slice(0, endOfOrder(key));
}

/** Cancelling reverses count and spend, so neither the order nor the money given back for it counts. */
export function isCancelled(facts: ReadonlyMap<string, OrderFact>, fact: OrderFact): boolean {
  const cancellation = cancellationOf(fact.key);
  return cancellation !== undefined && facts.has(cancellation);
}

const CANCELLED = `${SEPARATOR}cancelled${SEPARATOR}`;

function isCancellation(key: string): boolean {
  return key.startsWith(CANCELLED, endOfOrder(key));
}

function cancellationOf(key: string): string | undefined {
  return isCancellation(key) ? undefined : `${key.slice(0, endOfOrder(key))}${CANCELLED}`;
}

/** Takes over another facet's facts for good, and folds what is too old or too much. */
export function uniteOrders(target: Target, from: Facet): void {
  const { facet } = target;
  for (const [key, fact] of from.orders) {
    const known = facet.orders.get(key);
    facet.orders.set(key, known === undefined ? fact : combine(known, fact));
  }
  foldOldFacts(target);
}

/** The facts of a profile that count: one per key over its facets, without orders that were cancelled. */
export function winningFacts(facets: readonly Facet[]): readonly OrderFact[] {
  const [first] = facets;
  if (first === undefined) return [];
  let facts: ReadonlyMap<string, OrderFact> = first.orders;
  if (facets.length > 1) {
    const union = new Map<string, OrderFact>();
    for (const facet of facets) {
      for (const [key, fact] of facet.orders) {
        const known = union.get(key);
        union.set(key, known === undefined ? fact : combine(known, fact));
      }
    }
    facts = union;
  }
  const all = [...facts.values()];
  // Nearly nobody has cancelled anything, and to look for the cancellation of each order took longer than all else here.
  return all.some(({ key }) => isCancellation(key)) ? all.filter((fact) => !isCancelled(facts, fact)) : all;
}

/**
 * What a fact that folds says to a feature that nets orders: whether anything of the order was kept. Refunds stay behind,
 * and count for themselves from then on.
 */
function lastWord(
  feature: Feature,
  { fact, sample, facet }: { fact: OrderFact; sample: Sample; facet: Facet },
): Sample {
  const order = orderOfFact(fact);
  const reported: OrderSample[] = [{ order, sample }];
  for (const each of facet.orders.values()) {
    const found = each.key.startsWith(order) ? sampleOf(feature, each) : undefined;
    if (found !== undefined) reported.push({ order: orderOfFact(each), sample: found });
  }
  const [amount = 0] = sample.values;
  return isReturned(order, reported) ? { ...sample, values: [amount, 0] } : sample;
}

function foldFact(target: Target, fact: OrderFact): void {
  const { set, facet } = target;
  // Once its cancellation is folded the order and its refunds must not come back, so all go together.
  for (const key of [...facet.orders.keys()]) if (cancellationOf(key) === fact.key) facet.orders.delete(key);
  const counts = !isCancelled(facet.orders, fact);
  facet.orders.delete(fact.key);
  if (!counts) return;
  for (const number of fact.values.keys()) {
    for (const feature of set.extractors.get(number)?.features ?? []) {
      const sample = sampleOf(feature, fact);
      if (sample === undefined) continue;
      addSample(target, feature, feature.netsOrders ? lastWord(feature, { fact, sample, facet }) : sample);
    }
  }
}

function byAge(a: OrderFact, b: OrderFact): number {
  return a.time - b.time || (a.key < b.key ? -1 : 1);
}

function foldOldFacts(target: Target): void {
  const { facet, now } = target;
  const expired = now - limits.orderFactMs;
  for (const fact of facet.orders.values()) {
    if (fact.since < expired) foldFact(target, fact);
  }
  if (facet.orders.size <= limits.orderFactsPerFacetMax) return;
  const oldest = [...facet.orders.values()].sort(byAge);
  for (const fact of oldest) {
    if (facet.orders.size <= limits.orderFactsPerFacetMax) return;
    if (facet.orders.has(fact.key)) foldFact(target, fact);
  }
}
