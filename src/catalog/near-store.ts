import { limits } from '../limits.ts';
import type { CatalogStore, Datum, StoreEvent } from '../model/catalog.ts';
import type { EpochMs } from '../model/time.ts';
import { type GeoPoint, toWgs84 } from './datum.ts';

/** Where somebody is, as a device reports it. */
export interface ReportedPlace extends GeoPoint {
  readonly datum: Datum;
  /** Radius of uncertainty in meters. */
  readonly accuracy: number;
}

/** Mean radius of the earth in meters (IUGG). */
const EARTH_METERS = 6_371_008.8;
const RADIANS = Math.PI / 180;

/**
 * The store in whose surroundings somebody is, the nearest of several; undefined where there is none. A position that is vaguer
 * than a store's surroundings are wide is near none.
 */
export function nearestStore(stores: Iterable<CatalogStore>, place: ReportedPlace): CatalogStore | undefined {
  const point = toWgs84(place, place.datum);
  let nearest: { readonly store: CatalogStore; readonly meters: number } | undefined;
  for (const store of stores) {
    const { position, geofence_meters: around = limits.geofenceDefaultMeters } = store;
    if (position === undefined || place.accuracy > around) continue;
    // Nearly every store lies too far north or south: a chain of thousands costs no sines.
    if (Math.abs(point.latitude - position.latitude) * RADIANS * EARTH_METERS > around) continue;
    const meters = metersBetween(point, position);
    if (meters > around) continue;
    if (nearest === undefined || meters < nearest.meters) nearest = { store, meters };
  }
  return nearest?.store;
}

/** What is on in a store at a moment; of several what began last. */
export function eventOn({ events = [] }: CatalogStore, at: EpochMs): StoreEvent | undefined {
  const on = events.filter(({ from, until }) => from <= at && at < until);
  return on.sort((a, b) => b.from - a.from)[0];
}

/** The haversine formula (Sinnott, 1984): exact to half a percent of the distance, on a sphere. */
export function metersBetween(a: GeoPoint, b: GeoPoint): number {
  const north = Math.sin(((b.latitude - a.latitude) * RADIANS) / 2);
  const east = Math.sin(((b.longitude - a.longitude) * RADIANS) / 2);
  const chord = north ** 2 + Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * east ** 2;
  return 2 * EARTH_METERS * Math.asin(Math.min(1, Math.sqrt(chord)));
}
