import { describe, expect, it } from 'vitest';
import { type StorePlaces, withNearStores } from '../../src/ingest/near-stores.ts';
import type { Normalize, NormalizedEvent } from '../../src/ingest/normalize.ts';
import type { CatalogStore } from '../../src/model/catalog.ts';
import type { JsonObject } from '../../src/model/json.ts';

const UNTIL = Date.UTC(2026, 10, 23);
const known: CatalogStore = { store_id: 'SH-1', events: [{ name: 'Show', from: 0, until: UNTIL }] };
const asked: unknown[] = [];
const places: StorePlaces = {
  store: (name) => (name === 'SH-1' || name === '310001' ? known : undefined),
  nearest(place) {
    asked.push(place);
    return place.latitude > 30 ? known : undefined;
  },
  eventOn: ({ events = [] }, at) => events.find(({ until }) => at < until),
};

function located(properties: JsonObject, { type = 'location_reported', time = 1 } = {}): JsonObject {
  const event = { id: 'e', type, time, receivedAt: time, source: 'web', channel: 'app', properties };
  const normalize: Normalize = () => ({
    ...{ ok: true, event, rawIdentifiers: {}, rawTraits: {} },
    personal: [],
  });
  const answer = withNearStores(normalize, () => places)({}, {} as Parameters<Normalize>[1]);
  return (answer as NormalizedEvent).event.properties;
}

const on = { store: 'SH-1', store_event: 'Show', store_event_until: '2026-11-23T00:00:00.000Z' };

describe('a position', () => {
  it('says the store that it is near, and what is on there', () => {
    const place = { latitude: 31, longitude: 121 };
    expect(located({ ...place, datum: 'gcj02', accuracy_m: 40 })).toMatchObject(on);
    expect(asked.at(-1)).toEqual({ ...place, datum: 'gcj02', accuracy: 40 });
    expect(located(place)).toEqual({ ...place, ...on });
    expect(located(place, { time: UNTIL })).toEqual({ ...place, store: 'SH-1' });
  });

  it('takes the store that the device names, by the name of the catalog, and nothing else for one', () => {
    const far = { latitude: 10, longitude: 10 };
    expect(located({ ...far, store: '310001' })).toEqual({ ...far, ...on });
    expect(located({ ...far, store: 'unknown' })).toEqual({ ...far, store: 'unknown' });
    expect(located({ ...far, store_event: 'Mine', store_event_until: 'x' })).toEqual(far);
  });

  it('is the only event that is looked at', () => {
    const sent = { latitude: 31, longitude: 121, store_event: 'Mine' };
    expect(located(sent, { type: 'page_viewed' })).toEqual(sent);
  });
});
