import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { Facet } from '../model/profile.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import type { Extractor, FeatureSet } from './compile.ts';
import type { Sample } from './operation.ts';
import { putOrderFact } from './orders.ts';
import { addSample, type Target } from './target.ts';

/** An event on its way into the features; what they share is made once for all of them. */
interface Reported {
  readonly event: Event;
  readonly tie: string;
  readonly idleMs: DurationMs;
}

/** Orders keep a session open equally long wherever they were placed. */
function idleOf({ channel, order }: Event): DurationMs {
  return channel === 'app' && order === undefined ? limits.sessionIdleAppMs : limits.sessionIdleMs;
}

function addExtracted(target: Target, extractor: Extractor, { event, tie, idleMs }: Reported): void {
  const values = extractor.extract(event);
  if (values === undefined) return;
  const sample: Sample = {
    time: event.time,
    tie,
    currency: extractor.money ? (event.currency ?? '') : '',
    values,
    idleMs,
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
    const reported: Reported = { event, tie: `${event.source}\0${event.id}`, idleMs: idleOf(event) };
    for (const extractor of extractors) {
      if (event.order === undefined || extractor.cart) addExtracted(target, extractor, reported);
    }
  }
  if (event.order !== undefined) putOrderFact(target, event);
}
