import type { Event } from '../model/event.ts';
import type { Facet } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { Extractor, FeatureSet } from './compile.ts';
import type { Sample } from './operation.ts';
import { putOrderFact } from './orders.ts';
import { addSample, type Target } from './target.ts';

function addExtracted(target: Target, extractor: Extractor, event: Event): void {
  const values = extractor.extract(event);
  if (values === undefined) return;
  const sample: Sample = {
    time: event.time,
    tie: `${event.source}\0${event.id}`,
    currency: extractor.money ? (event.currency ?? '') : '',
    values,
  };
  for (const feature of extractor.features) addSample(target, feature, sample);
}

/**
 * Reduces one event, already deduplicated, into its facet. `now` is the append time of its record, the only
 * moment that pruning depends on. What an order event says goes into the facet's order facts; carts read it here.
 */
export function addEvent(set: FeatureSet, facet: Facet, event: Event, now: EpochMs): void {
  const extractors = set.byType.get(event.type);
  if (extractors === undefined && event.order === undefined) return;
  const target: Target = { set, facet, now };
  if (extractors !== undefined) {
    for (const extractor of extractors) {
      if (event.order === undefined || extractor.cart) addExtracted(target, extractor, event);
    }
  }
  if (event.order !== undefined) putOrderFact(target, event);
}
