import type { CatalogStore, Datum, StoreEvent } from '../model/catalog.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { Normalize } from './normalize.ts';

/** What ingest asks the catalog about places. */
export interface StorePlaces {
  /** By id or alias. */
  store(name: string): CatalogStore | undefined;
  nearest(place: {
    readonly latitude: number;
    readonly longitude: number;
    readonly datum: Datum;
    readonly accuracy: number;
  }): CatalogStore | undefined;
  eventOn(store: CatalogStore, at: EpochMs): StoreEvent | undefined;
}

/**
 * A position says in whose surroundings it is and what is on in that store, before the log, so that a replay of it sees the
 * same, whatever the catalog has become. A store that the device names itself is taken, if the catalog knows it.
 */
export function withNearStores(normalize: Normalize, places: () => StorePlaces): Normalize {
  return (wire, context) => {
    const normalized = normalize(wire, context);
    if (!normalized.ok || normalized.event.type !== 'location_reported') return normalized;
    const { properties, time } = normalized.event;
    return {
      ...normalized,
      event: { ...normalized.event, properties: locate(properties, time, places()) },
    };
  };
}

function locate(properties: JsonObject, time: EpochMs, places: StorePlaces): JsonObject {
  // What is on is said by the catalog alone: anybody may send a position.
  const sent = without(properties, ['store_event', 'store_event_until']);
  const store = storeOf(sent, places);
  if (store === undefined) return sent;
  const event = places.eventOn(store, time);
  return {
    ...sent,
    store: store.store_id,
    ...(event === undefined
      ? {}
      : { store_event: event.name, store_event_until: new Date(event.until).toISOString() }),
  };
}

function storeOf({ store, ...place }: JsonObject, places: StorePlaces): CatalogStore | undefined {
  const named = typeof store === 'string' ? places.store(store) : undefined;
  const { latitude, longitude, datum, accuracy_m: accuracy } = place;
  if (named !== undefined || typeof latitude !== 'number' || typeof longitude !== 'number') return named;
  return places.nearest({
    latitude,
    longitude,
    datum: datumOf(datum),
    accuracy: typeof accuracy === 'number' ? accuracy : 0,
  });
}

function datumOf(datum: JsonValue | undefined): Datum {
  return datum === 'gcj02' || datum === 'bd09' ? datum : 'wgs84';
}

function without(properties: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}
