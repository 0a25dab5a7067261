import { describe, expect, it } from 'vitest';
import { eventOn, metersBetween, nearestStore } from '../../src/catalog/near-store.ts';
import type { CatalogStore } from '../../src/model/catalog.ts';

const at = (latitude: number, longitude = 121.47) => ({ latitude, longitude });
const place = (latitude: number, accuracy = 20) => ({ ...at(latitude), datum: 'wgs84' as const, accuracy });
const stores: readonly CatalogStore[] = [
  { store_id: 'a', position: at(31.2), geofence_meters: 500 },
  { store_id: 'b', position: at(31.204) },
  { store_id: 'nowhere' },
];

describe('the store that somebody is near', () => {
  it('is the nearest in whose surroundings they are', () => {
    expect(nearestStore(stores, place(31.2001))?.store_id).toBe('a');
    // 222 m from both: what is nearer by a little.
    expect(nearestStore(stores, place(31.2021))?.store_id).toBe('b');
    expect(nearestStore(stores, place(31.21))).toBeUndefined();
  });

  it('is none for a position that is vaguer than its surroundings', () => {
    expect(nearestStore(stores, place(31.2001, 600))).toBeUndefined();
    expect(nearestStore(stores, place(31.204, 400))?.store_id).toBe('a');
  });

  it('knows distances: Paris to Berlin, a degree of latitude, over the date line', () => {
    const paris = { latitude: 48.8566, longitude: 2.3522 };
    const berlin = { latitude: 52.52, longitude: 13.405 };
    expect(metersBetween(paris, berlin) / 1_000).toBeCloseTo(877.46, 0);
    expect(metersBetween(at(0), at(1))).toBeCloseTo(111_195, 0);
    expect(metersBetween(at(0, 179.9), at(0, -179.9))).toBeCloseTo(22_239, 0);
  });

  it('has an event while it is on, of several the one that began last', () => {
    const events = [
      { name: 'season', from: 0, until: 100 },
      { name: 'show', from: 10, until: 20 },
    ];
    const store = { store_id: 'a', events };
    expect([5, 10, 19, 20, 100].map((when) => eventOn(store, when)?.name)).toEqual([
      'season',
      'show',
      'show',
      'season',
      undefined,
    ]);
  });
});
